package import Model

/// Replicas lag: what a sweep sees within a minute of our own write counts as drift only if the next sweep agrees.
package struct DriftGrace: Sendable {
  /// Monotonic.
  package static let period: Duration = .seconds(60)

  private var written: [TagReference: (digest: Digest, at: Duration)] = [:]
  private var suspected: [TagReference: Observation] = [:]

  package init() {}

  /// The tags whose last answer is not believed yet.
  package var suspects: [TagReference] { suspected.keys.sorted() }

  package mutating func wrote(_ digest: Digest, to tag: TagReference, at now: Duration) {
    written[tag] = (digest, now)
    suspected[tag] = nil
  }

  /// After a deletion of our own: there is no digest to expect.
  package mutating func forget(_ tag: TagReference) {
    written[tag] = nil
    suspected[tag] = nil
  }

  /// What to believe of a sweep's answer at `now`.
  package mutating func judge(_ observation: Observation, of tag: TagReference, at now: Duration)
    -> Observation
  {
    guard let write = written[tag] else { return observation }
    guard now - write.at < Self.period else {
      forget(tag)
      return observation
    }
    switch observation {
    case .unknown: return observation
    case .present(write.digest):
      suspected[tag] = nil
      return observation
    case .present, .absent:
      if suspected[tag] == observation { return observation }
      suspected[tag] = observation
      return .present(write.digest)
    }
  }
}
