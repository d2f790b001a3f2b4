import Model
import Reconciler
import Registry

extension Doctor {
  /// More repositories than these tell nothing new, and cost requests.
  private static let mostRepositories = 5
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
      await layouts(opened.writer)
    }
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
    for repository in repositoriesToLookAt() { await look(at: repository, client) }
    collection(introduction.kind, workspace.channels)
  }

  private mutating func credentials(_ examination: CredentialsExamination) {
    let subject = "credentials"
    switch examination {
    case .notAskedFor: break
    case .taken(let origin): note(.ok(subject, "those from \(origin) are taken"))
    case .anonymous: note(.ok(subject, "there are none, and the registry lets everybody in"))
    // An auth file may have some for a repository: what is asked of those tells.
    case .missing(let reason): note(.warning(subject, reason))
    case .refused(let reason): note(.failure(subject, reason))
    case .unknown(let reason): note(.warning(subject, "unknown: \(reason)"))
    }
  }

  private mutating func repositoriesToLookAt() -> [RepositoryName] {
    let repositories = Set(declared.keys.map(\.repository)).sorted()
    if repositories.count > Self.mostRepositories {
      let (some, all) = (Self.mostRepositories, repositories.count)
      note(.ok("repositories", "\(some) of \(all) are looked at, the first by name"))
    }
    return Array(repositories.prefix(Self.mostRepositories))
  }

  /// Layouts on disk need no credentials, and nothing collects what is in them.
  private mutating func layouts(_ registry: any TagWriter) async {
    note(.ok("registry", "\(registry.host): layouts on disk"))
    for repository in repositoriesToLookAt() {
      guard let tag = declared.keys.filter({ $0.repository == repository }).min() else { continue }
      switch await registry.observe([tag])[tag] {
      case .present(let digest): note(.ok("layout \(repository)", "\(tag.tag) has \(digest.short)"))
      case .absent, nil: note(.ok("layout \(repository)", "\(tag.tag) is not there yet"))
      case .unknown(let failure): note(.failure("layout \(repository)", failure.message))
      }
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

  private mutating func look(at repository: RepositoryName, _ client: RegistryClient) async {
    let tags = declared.keys.filter { $0.repository == repository }.sorted()
    guard let tag = tags.first, let digest = declared[tag] else { return }
    let pull = await client.examinePull(of: tag)
    let subject = "pull \(repository)"
    switch pull.observation {
    case .present(let digest): note(.ok(subject, "\(tag.tag) has \(digest.short)"))
    case .absent: note(.ok(subject, "\(tag.tag) is not there yet"))
    // What can't be pulled tells no more.
    case .unknown(let failure): return note(.failure(subject, failure.message))
    }
    for quota in pull.quotas { note(.ok("quota \(repository)", quota)) }
    let isThere = await isThere(repository, pull.observation, digest, client)
    await push(repository, isThere, client)
    await deletion(repository, client)
    await observation(of: digest, in: repository, client)
  }

  private func isThere(
    _ repository: RepositoryName, _ observation: Observation, _ digest: Digest, _ client: RegistryClient
  ) async -> Bool {
    if observation.digest != nil { return true }
    return (try? await client.head(.digest(digest), in: repository)) != nil
  }

  private mutating func push(
    _ repository: RepositoryName, _ isThere: Bool, _ client: RegistryClient
  ) async {
    let subject = "push \(repository)"
    guard isThere else {
      return note(
        .warning(subject, "not tried: nothing declared is there yet, and asking may make a repository"))
    }
    switch await client.examinePush(in: repository) {
    case .granted: note(.ok(subject, "an upload was begun and cancelled"))
    case .denied(let reason): note(.failure(subject, reason))
    case .unknown(let reason): note(.warning(subject, "unknown: \(reason)"))
    }
  }

  private mutating func deletion(_ repository: RepositoryName, _ client: RegistryClient) async {
    let subject = "delete \(repository)"
    let result = "tags of removed images are held"
    switch await client.examineDeletion(in: repository) {
    case .native: note(.ok(subject, "by tag"))
    case .nativeOnceProven:
      note(.ok(subject, "by tag, where a first deletion shows that the manifest stays; else by tombstone"))
    case .emulated: note(.ok(subject, "by tombstone: the registry deletes manifests, and no tags"))
    case .impossible(let reason):
      note(
        .warning(
          subject, "\(result): \(reason)",
          remedy:
            "allow deletion there (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true), or delete tags by hand"
        ))
    case .denied(let reason): note(.warning(subject, "\(result): \(reason)"))
    case .unknown(let reason): note(.warning(subject, "unknown: \(reason)"))
    }
  }

  private mutating func observation(
    of digest: Digest, in repository: RepositoryName, _ client: RegistryClient
  ) async {
    switch await client.examineListing(of: repository) {
    case .tellsDigests: note(.ok("sweep \(repository)", "by a listing that tells digests"))
    case .tellsTags: note(.ok("sweep \(repository)", "by a HEAD for each tag"))
    case .unknown(let reason):
      note(.warning("sweep \(repository)", "by a HEAD for each tag; no listing: \(reason)"))
    }
    switch await client.examineReferrers(of: digest, in: repository) {
    case .api: note(.ok("referrers \(repository)", "by the referrers API"))
    case .fallbackTag: note(.ok("referrers \(repository)", "by fallback tags: the registry lacks the API"))
    case .unknown(let reason): note(.warning("referrers \(repository)", "unknown: \(reason)"))
    }
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
        remedy: "where one of them runs, write keep: for \(without.joined(separator: ", "))"))
  }
}
