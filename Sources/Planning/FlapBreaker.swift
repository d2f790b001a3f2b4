package import Model

/// Leaves a tag that somebody else keeps moving back: two writers that undo each other help nobody. Times are monotonic.
package struct FlapBreaker: Sendable {
  /// How often a tag is put right within `window` before it is left.
  static let limit = 3
  /// Ten minutes, or four sweeps where these are rarer: drift is seen by sweeps alone.
  let window: Duration
  /// The first rest; each further one is twice as long.
  static let shortest: Duration = .seconds(600)
  static let longest: Duration = .seconds(4 * 3600)

  private struct Heals {
    var times: [Duration] = []
    var rests = 0
    var until = Duration.zero

    var last: Duration { times.last ?? .zero }
  }
  private var heals: [TagReference: Heals] = [:]

  package init(sweep: Duration) { window = max(.seconds(600), sweep * 4) }

  /// A drifted tag was put right.
  package mutating func healed(_ tag: TagReference, at now: Duration) {
    // One that stayed for so long is forgiven.
    heals = heals.filter { now - $0.value.last < max(window, ($0.value.until - $0.value.last) * 2) }
    var heal = heals[tag, default: Heals()]
    heal.times = heal.times.filter { now - $0 < window } + [now]
    if heal.times.count >= Self.limit || heal.rests > 0 {
      heal.rests += 1
      heal.until = now + min(Self.longest, Self.shortest * (1 << min(heal.rests - 1, 16)))
    }
    heals[tag] = heal
  }

  /// For how long each tag is left yet.
  package func resting(at now: Duration) -> [TagReference: Duration] {
    heals.compactMapValues { $0.until > now ? $0.until - now : nil }
  }
}
