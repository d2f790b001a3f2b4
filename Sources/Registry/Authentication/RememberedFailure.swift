import LinuxSystem

/// A failed authentication, which is not tried again before a pause that doubles with each failure in a row, or until a
/// credential's file changes.
struct RememberedFailure {
  let error: RegistryError
  /// The files as they were when it failed.
  let fingerprint: [FileStamp?]
  let until: Duration
  private let pause: Duration
  /// While one caller tries, the others keep to the failure.
  private var trialEnd = Duration.zero

  private static let firstPause = Duration.seconds(1)
  private static let longestPause = Duration.seconds(300)

  private init(_ error: RegistryError, _ fingerprint: [FileStamp?], at now: Duration, pause: Duration) {
    self.error = error
    self.fingerprint = fingerprint
    self.pause = pause
    until = now + pause
  }

  /// A failure that comes while the last one's pause runs is the same one: requests under way together fail together. One
  /// that comes soon after is the next in a row.
  static func record(
    _ error: RegistryError, in last: inout RememberedFailure?, at now: Duration, _ fingerprint: [FileStamp?]
  ) {
    if let last, now < last.until { return }
    var pause = firstPause
    if let last, now < last.until + max(last.pause * 2, .seconds(60)) {
      pause = min(last.pause * 2, longestPause)
    }
    last = RememberedFailure(error, fingerprint, at: now, pause: pause)
  }

  func isOver(at now: Duration) -> Bool { now >= until && now >= trialEnd }

  mutating func beginTrial(at now: Duration) { trialEnd = now + Self.firstPause }
}
