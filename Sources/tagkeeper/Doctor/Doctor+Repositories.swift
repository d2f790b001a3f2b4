import Configuration
import Glibc
import Model
import Reconciler
import Registry

extension Doctor {
  /// Each is asked for one tag at most: more tell nothing new.
  private static let mostRepositories = 200
  /// Those that are asked for more.
  private static let sampleSize = 5

  /// The least tag of each repository that a branch declares.
  private func tagsToAskFor() -> [TagReference] {
    Dictionary(grouping: declared.keys, by: \.repository).values.compactMap { $0.min() }.sorted()
  }

  /// Asks every repository for a tag, and tries the rest in the first ones that answer.
  mutating func repositories(_ client: RegistryClient) async {
    let tags = tagsToAskFor()
    let asked = Array(tags.prefix(Self.mostRepositories))
    let pulls = await Self.pulls(of: asked, client)
    let answering = asked.filter { pulls[$0]?.observation.isKnown == true }
    let sample = answering.prefix(Self.sampleSize)
    if tags.count > Self.sampleSize {
      let looked =
        sample.isEmpty
        ? "" : ", and the rest tried in \(sample.map { "\($0.repository)" }.joined(separator: ", "))"
      note(.ok("repositories", "\(asked.count) of \(tags.count) are asked for a tag" + looked))
    }
    for tag in asked {
      guard let pull = pulls[tag] else { continue }
      switch pull.observation {
      case .unknown(let failure): tell(.failure("pull", failure.message), tag.repository)
      case .present, .absent:
        guard sample.contains(tag) else { continue }
        tell(.ok("pull", Self.sentence(tag, pull.observation)), tag.repository)
        await lookClosely(at: tag, pull, client)
      }
    }
    noteTold()
    let others = answering.count - sample.count
    if others > 0 {
      note(.ok("pull", "\(others.counted("further repository", "further repositories")) can be pulled from"))
    }
  }

  private static func sentence(_ tag: TagReference, _ observation: Observation) -> String {
    observation.digest.map { "\(tag.tag) has \($0.short)" } ?? "\(tag.tag) is not there yet"
  }

  /// As many at once as the client allows.
  private static func pulls(
    of tags: [TagReference], _ client: RegistryClient
  ) async -> [TagReference: PullExamination] {
    await withTaskGroup(of: (TagReference, PullExamination).self) { group in
      for tag in tags { group.addTask { (tag, await client.examinePull(of: tag)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }

  /// Layouts on disk need no credentials, and nothing collects what is in them.
  mutating func layouts(_ registry: any TagWriter, _ workspace: Workspace) async {
    guard case .layouts(let path) = workspace.settings.registry else { return }
    guard Self.isWritable(path.absolute) else {
      return note(
        .failure(
          "registry", "\(registry.host) is no folder that can be written to",
          remedy: "create it, mount what it is on, or check its owner and mode"))
    }
    note(.ok("registry", "\(registry.host): layouts on disk, which can be written to"))
    let tags = tagsToAskFor()
    let answers = await registry.observe(tags)
    for tag in tags {
      let repository = tag.repository
      let folder = "\(path.absolute)/\(repository)"
      guard let answer = answers[tag] else { continue }
      switch answer {
      case .unknown(let failure): tell(.failure("layout", failure.message), repository)
      case .present where !Self.isWritable(folder):
        tell(
          .failure("layout", "\(folder) can't be written to", remedy: "check its owner and mode"), repository)
      case .present, .absent: tell(.ok("layout", Self.sentence(tag, answer)), repository)
      }
    }
    noteTold()
  }

  /// The slash asks for a folder (path_resolution(7)).
  private static func isWritable(_ folder: String) -> Bool { access(folder + "/", W_OK | X_OK) == 0 }

  /// Tries what takes several requests.
  private mutating func lookClosely(
    at tag: TagReference, _ pull: PullExamination, _ client: RegistryClient
  ) async {
    let repository = tag.repository
    guard let digest = declared[tag] else { return }
    for quota in pull.quotas { tell(.ok("quota", quota), repository) }
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
    let subject = "push"
    guard isThere else {
      return tell(
        .warning(subject, "not tried: nothing declared is there yet, and asking may make a repository"),
        repository)
    }
    switch await client.examinePush(in: repository) {
    case .granted: tell(.ok(subject, "an upload was begun and cancelled"), repository)
    case .denied(let reason): tell(.failure(subject, reason), repository)
    case .unknown(let reason): tell(.warning(subject, "unknown: \(reason)"), repository)
    }
  }

  private mutating func deletion(_ repository: RepositoryName, _ client: RegistryClient) async {
    let subject = "delete"
    let result = "tags of removed images are held"
    switch await client.examineDeletion(in: repository) {
    case .native: tell(.ok(subject, "by tag"), repository)
    case .nativeOnceProven:
      tell(
        .ok(subject, "by tag, where a first deletion shows that the manifest stays; else by tombstone"),
        repository)
    case .emulated:
      tell(.ok(subject, "by tombstone: the registry deletes manifests, and no tags"), repository)
    case .impossible(let reason):
      tell(
        .warning(
          subject, "\(result): \(reason)",
          remedy:
            "allow deletion there (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true), or delete tags by hand"
        ), repository)
    case .denied(let reason): tell(.warning(subject, "\(result): \(reason)"), repository)
    case .unknown(let reason): tell(.warning(subject, "unknown: \(reason)"), repository)
    }
  }

  private mutating func observation(
    of digest: Digest, in repository: RepositoryName, _ client: RegistryClient
  ) async {
    switch await client.examineListing(of: repository) {
    case .tellsDigests:
      tell(.ok("sweep", "by a listing that tells digests, where 50 tags or more are declared"), repository)
    case .nothingThere:
      tell(.ok("sweep", "how it can be made shows once something was pushed there"), repository)
    case .tellsTags: tell(.ok("sweep", "by a HEAD for each tag"), repository)
    case .unknown(let reason):
      tell(.warning("sweep", "by a HEAD for each tag; no listing: \(reason)"), repository)
    }
    switch await client.examineReferrers(of: digest, in: repository) {
    case .api: tell(.ok("referrers", "by the referrers API"), repository)
    case .fallbackTag: tell(.ok("referrers", "by fallback tags: the registry lacks the API"), repository)
    case .unknown(let reason): tell(.warning("referrers", "unknown: \(reason)"), repository)
    }
  }
}
