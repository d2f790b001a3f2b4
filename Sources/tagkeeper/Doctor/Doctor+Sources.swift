import Configuration
import Model
import Reconciler

extension Doctor {
  /// What is said of a registry that nothing is copied from is most likely meant for one that is.
  mutating func hosts(_ workspace: Workspace) {
    let used = Set(
      workspace.channels.flatMap(\.sources).compactMap { source in
        if case .host(let host) = source.store { workspace.declared(host)?.name } else { nil }
      })
    for name in workspace.settings.hosts.keys.sorted() where !used.contains(name) {
      note(
        .warning(
          "hosts", "no channel's sources are on \(name)",
          remedy: "write the name as sources have it, or remove it from hosts"))
    }
  }

  /// Each source is asked for one image that is declared: it shows whether the source can be read, as copies will.
  mutating func sources(_ channels: [ChannelSettings], _ copies: ImageCopies) async {
    guard let (tag, digest) = declared.min(by: { $0.key < $1.key }) else { return }
    var looked: Set<CopySource> = []
    for source in channels.flatMap(\.sources) where looked.insert(source).inserted {
      let subject = "source \(source)"
      do {
        let (place, isThere) = try await copies.look(for: digest, tag.repository, in: source)
        note(.ok(subject, "\(place) \(isThere ? "has" : "answers, and lacks") \(digest.short)"))
      } catch {
        note(.failure(subject, "\(error)"))
      }
    }
  }
}
