import Model

/// What a sweep learned before it made way. It asks about the rest when it goes on.
struct UnfinishedSweep {
  /// How long its answers, once it lies still, are part of a sweep that goes on: with older ones it would vouch for tags
  /// that somebody moved meanwhile.
  static let longestRest: Duration = .seconds(60)

  /// Monotonic.
  let interrupted: Duration
  let answers: [TagReference: Observation]
}
