import Model
import Reconciler

extension Doctor {
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
