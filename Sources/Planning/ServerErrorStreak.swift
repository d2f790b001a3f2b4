package import Model

/// † A link file torn by a killed registry answers 5xx for ever, and only a write heals it. A declared tag that does
/// so for three sweeps while tags beside it answer is written.
package struct ServerErrorStreak: Sendable {
  package static let limit = 3

  private var counts: [TagReference: Int] = [:]

  package init() {}

  /// The tags to write unseen.
  package var torn: Set<TagReference> { Set(counts.filter { $0.value >= Self.limit }.keys) }

  /// Counts one sweep's answers. A sweep in which no tag of a repository answered says nothing of its tags.
  package mutating func count(_ sweep: [TagReference: Observation]) {
    let answering = Set(sweep.lazy.filter { $0.value.isKnown }.map(\.key.repository))
    for (tag, observation) in sweep {
      if case .unknown(let failure) = observation, failure.isServerError {
        if answering.contains(tag.repository) { counts[tag, default: 0] += 1 }
      } else {
        counts[tag] = nil
      }
    }
  }
}
