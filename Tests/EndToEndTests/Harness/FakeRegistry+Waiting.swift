import Model
import TestSupport

extension FakeRegistry {
  /// What the tags of `team/app` point to.
  var tags: [String: Digest] {
    get throws {
      let team = try RepositoryName("team/app")
      return Dictionary(
        uniqueKeysWithValues: tags(in: team).compactMap { tag in
          digest(of: TagReference(team, tag)).map { (tag.description, $0) }
        })
    }
  }

  /// Waits until `team/app` has these tags and no others.
  func waitUntil(_ expected: [String: Digest]) async throws { try await until { try tags == expected } }

  /// Waits until every tag was asked about `sweeps` times more, by one daemon that has nothing to change.
  func waitForSweeps(_ sweeps: Int) async throws {
    let now = count("HEAD")
    try await until { try count("HEAD") >= now + sweeps * tags.count }
  }
}
