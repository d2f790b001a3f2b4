import Model
import Reconciler
import Registry

extension Doctor {
  /// Tokens are refused where clocks are further apart (distribution allows as much).
  private static let clockTolerance: Duration = .seconds(60)

  mutating func registry(_ workspace: Workspace) async {
    let opened: OpenedRegistry
    do { opened = try workspace.openRegistry(manifests: nil) } catch {
      return note(.failure("registry", error.message))
    }
    if let client = opened.client {
      await registry(client, workspace)
    } else {
      await layouts(opened.writer, workspace)
    }
    hosts(workspace)
    if let copies = workspace.copies(to: opened) { await sources(workspace.channels, copies) }
  }

  private mutating func registry(_ client: RegistryClient, _ workspace: Workspace) async {
    let introduction: RegistryIntroduction
    do {
      let start = workspace.time.monotonic()
      introduction = try await client.introduce()
      let name = introduction.kind == .other ? "" : "\(introduction.kind.traits.name), "
      let duration = (workspace.time.monotonic() - start).milliseconds
      note(.ok("registry", "\(client.address) answers as a registry (\(name)\(duration) ms)"))
    } catch {
      return note(.failure("registry", CommandFailure(error).message))
    }
    credentials(introduction.credentials)
    clock(introduction.date, now: workspace.time.now())
    await repositories(client)
    collection(introduction.kind, workspace.channels)
  }

  private mutating func credentials(_ examination: CredentialsExamination) {
    let subject = "credentials"
    switch examination {
    case .notAskedFor: break
    case .taken(let user, let origin):
      note(.ok(subject, "those \(user.map { "of \($0.quoted) " } ?? "")from \(origin) are taken"))
    case .anonymous: note(.ok(subject, "there are none, and the registry lets everybody in"))
    // An auth file may have some for a repository: what is asked of those tells.
    case .missing(let reason): note(.warning(subject, reason))
    case .refused(let user, let reason):
      note(.failure(subject, (user.map { "\($0.quoted) is refused: " } ?? "") + reason))
    case .unknown(let reason): note(.warning(subject, "unknown: \(reason)"))
    }
  }

  private mutating func clock(_ theirs: Timestamp?, now: Timestamp) {
    guard let theirs else {
      return note(.warning("clock", "the registry does not tell its time"))
    }
    let difference = now.duration(to: theirs)
    let seconds = abs(difference.milliseconds) / 1000
    guard seconds > Self.clockTolerance.milliseconds / 1000 else {
      return note(.ok("clock", "within a minute of the registry's"))
    }
    note(
      .warning(
        "clock", "the registry's clock is \(seconds) s \(difference < .zero ? "behind" : "ahead")",
        remedy: "synchronise this machine's (NTP): tokens are refused where clocks differ"))
  }

  /// Moved and deleted tags leave manifests without one, which a rollback needs.
  private mutating func collection(_ kind: RegistryKind, _ channels: [ChannelSettings]) {
    guard let collection = kind.traits.collection else { return }
    let without = channels.filter { $0.keep == nil }.map(\.name)
    guard !without.isEmpty else {
      return note(.ok("collection", "every channel has keep tags, which a registry's collection leaves"))
    }
    note(
      .warning(
        "collection", "a rollback's digests may be collected once no tag has them, by \(collection)",
        remedy: "where one of them runs, write keep: \"{image}-{date}-{commit}\" in the configuration, for "
          + without.joined(separator: ", ")))
  }
}
