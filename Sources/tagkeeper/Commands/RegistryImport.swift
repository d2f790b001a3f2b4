import Importing
import Model
import Registry

/// Reads what the tags of a registry are now.
struct RegistryImport {
  private let registry: any ImageStore
  private let pattern: TagPattern

  /// - Throws: `CommandFailure` where the registry's credentials are not set.
  init(_ workspace: Workspace, _ pattern: TagPattern) throws(CommandFailure) {
    registry = try workspace.openRegistry(manifests: nil).images
    self.pattern = pattern
  }

  /// Lists the tags, and asks for each that the pattern matches what it has now.
  /// - Throws: `CommandFailure` naming every tag that could not be read or gives no name.
  func read(_ repositories: [RepositoryName]) async throws(CommandFailure) -> ImportedImages {
    var listed = TagListing(pattern)
    for repository in repositories {
      let tags: [TagName]
      do { tags = try await registry.tags(in: repository) } catch { throw CommandFailure(error) }
      guard !tags.isEmpty else {
        throw CommandFailure(
          "\(registry.place(repository)) has no tags: check the repository's name")
      }
      listed.take(tags, of: repository)
    }
    try Self.refuse(listed.problems)
    let observations = await registry.observe(listed.images.map(\.tag))
    var entries: [DesiredState.Entry] = []
    var dangling = 0
    var problems: [String] = []
    for (tag, key) in listed.images {
      switch observations[tag] {
      case .present(let digest): entries.append(DesiredState.Entry(key: key, digest: digest))
      case .absent: dangling += 1
      case .unknown(let failure): problems.append("\(tag): \(failure.message)")
      case nil: problems.append("\(tag): it was not asked about")
      }
    }
    try Self.refuse(problems)
    let state: DesiredState
    // A pattern gives different tags different names: two entries of one key are two listings of one tag.
    do { state = try DesiredState(Set(entries)) } catch { throw CommandFailure(error) }
    return ImportedImages(
      state, from: registry.storeName,
      leftOut: [
        (listed.unmatched, "tag", "not matching \(pattern)"), (listed.referrers, "tag", "of signatures"),
        (dangling, "tag", "listed without a manifest"),
      ])
  }

  /// More lines would only hide the first.
  private static let mostProblems = 20

  private static func refuse(_ problems: [String]) throws(CommandFailure) {
    guard !problems.isEmpty else { return }
    var lines = Array(problems.sorted().prefix(mostProblems))
    if problems.count > lines.count { lines.append("and \(problems.count - lines.count) more") }
    throw CommandFailure("nothing was written:\n" + lines.joined(separator: "\n"))
  }
}

/// The tags of some repositories, sorted out by a pattern.
private struct TagListing {
  let pattern: TagPattern
  var images: [(tag: TagReference, key: ImageKey)] = []
  var unmatched = 0
  var referrers = 0
  /// Tags of which the pattern makes no name.
  var problems: [String] = []

  init(_ pattern: TagPattern) { self.pattern = pattern }

  mutating func take(_ tags: [TagName], of repository: RepositoryName) {
    for tag in tags {
      guard !tag.isReferrersTag else {
        referrers += 1
        continue
      }
      let reference = TagReference(repository, tag)
      do throws(InvalidValue) {
        if let image = try pattern.image(of: tag) {
          images.append((reference, ImageKey(repository, image)))
        } else {
          unmatched += 1
        }
      } catch {
        problems.append("\(reference): \(error)")
      }
    }
  }
}
