/// How a `HEAD` or `GET` of a manifest that was answered 5xx is tried again within a pass: distribution 2.8 answers so
/// to 16 % of `HEAD`s while tags move, and to a `GET` by digest while another tag is put to it.
package struct ServerErrorRetries: Sendable {
  /// How often at most a request is sent.
  package var tries: Int
  /// The longest pause before the second try; it doubles with each further one.
  package var firstPause: Duration
  /// Sleeps; throws where the task is cancelled.
  package var sleep: @Sendable (Duration) async throws -> Void
  /// A number from 0 up to 1, by which each pause is multiplied ("full jitter").
  package var jitter: @Sendable () -> Double

  package init(
    tries: Int = 3, firstPause: Duration = .milliseconds(100),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) {
    self.tries = tries
    self.firstPause = firstPause
    self.sleep = sleep
    self.jitter = jitter
  }

  /// Waits after the failed try number `attempt`, from 1.
  func pause(after attempt: Int) async throws {
    try await sleep(firstPause * Double(1 << (attempt - 1)) * jitter())
  }
}

extension RegistryClient {
  /// What `ask` returns, which is tried again where the answer is a 5xx, but no write whose outcome is unknown.
  /// - Throws: What `ask` threw last, or an error of kind `cancelled`.
  func retryingServerErrors<Value>(
    of subject: some CustomStringConvertible, _ ask: () async throws(RegistryError) -> Value
  ) async throws(RegistryError) -> Value {
    var attempt = 1
    while true {
      do { return try await ask() } catch {
        guard error.kind == .server, !error.isOutcomeUnknown, attempt < retries.tries else { throw error }
      }
      do { try await retries.pause(after: attempt) } catch {
        throw RegistryError(.cancelled, "cancelled before \(subject) was tried again")
      }
      attempt += 1
    }
  }
}
