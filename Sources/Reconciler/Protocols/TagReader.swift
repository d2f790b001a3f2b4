package import Model

/// The reading half of a registry: all that `plan` holds.
package protocol TagReader: Sendable {
  /// Host and port, for messages.
  var host: String { get }
  /// Where a repository is, for messages: `HOST/REPOSITORY` unless the registry's kind has another form.
  func place(_ repository: RepositoryName) -> String
  /// How many requests may be in flight.
  var concurrency: Int { get }
  /// What each tag points to. A cancelled call returns early with the tags that were answered.
  ///
  /// Of a tag that has the digest `expected` of it, a listing may be the proof. Each of the others is asked about itself.
  /// - Parameter answered: Called, on any thread, at every answer that brings the call nearer to its end.
  func observe(
    _ tags: [TagReference], expecting expected: [TagReference: Digest],
    answered: @escaping @Sendable () -> Void
  ) async -> [TagReference: Observation]
  func presence(of digest: Digest, in repository: RepositoryName) async -> ManifestPresence
}

extension TagReader {
  package func place(_ repository: RepositoryName) -> String { "\(host)/\(repository)" }

  package func observe(
    _ tags: [TagReference], expecting expected: [TagReference: Digest]
  ) async -> [TagReference: Observation] {
    await observe(tags, expecting: expected) {}
  }

  /// Each tag is asked about itself: for what has to be known just before a change.
  package func observe(_ tags: [TagReference]) async -> [TagReference: Observation] {
    await observe(tags, expecting: [:])
  }
}

package enum ManifestPresence: Hashable, Sendable {
  case present
  /// The registry says that the repository lacks it.
  case missing
  case unknown(String)
}
