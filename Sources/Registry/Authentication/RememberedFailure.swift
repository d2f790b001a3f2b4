import LinuxSystem

/// A failed authentication, which is not tried again before a pause that doubles with each failure in a row, or until a
/// credential's file changes.
struct RememberedFailure {
  let error: RegistryError
  /// The files as they were when it failed.
  let fingerprint: [FileStamp?]
  let until: Duration
  private let pause: Duration
  private var nextLook: Duration
  /// While one caller tries, the others keep to the failure.
  private var trialEnd = Duration.zero

  private static let firstPause = Duration.seconds(1)
  private static let longestPause = Duration.seconds(300)

  private init(_ error: RegistryError, _ fingerprint: [FileStamp?], at now: Duration, pause: Duration) {
    self.error = error
    self.fingerprint = fingerprint
    self.pause = pause
    until = now + pause
    nextLook = now + Self.firstPause
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

  /// True at most once a second: then the caller is to compare the files' state.
  mutating func isLookDue(at now: Duration) -> Bool {
    guard now >= nextLook else { return false }
    nextLook = now + Self.firstPause
    return true
  }
}

extension CredentialSource {
  /// Returns where it may be tried again although the pause of `failure` is not over: one of the files has changed since.
  /// - Throws: The failure's error where none has, or nobody is to look yet.
  func retry(after failure: RememberedFailure, isLookDue: Bool) async throws(RegistryError) {
    guard isLookDue, await fingerprint() != failure.fingerprint else { throw failure.error }
  }
}
