import Glibc
import HTTPClient

/// How a request is tried again that met a fault which may pass: a lost answer, a 408, a 429, a 5xx. Exponential, with
/// full jitter.
package struct RequestRetries: Sendable {
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

  /// How often a request is sent at most that was answered so. A server that limits requests and does not say for how
  /// long may count by the second, while the first pauses are shorter.
  func tries(after response: HTTPResponse) -> Int {
    response.status == 429 && response.headers["Retry-After"] == nil ? 2 * tries : tries
  }

  /// How often a request is sent at most that ended so. A server that falls silent takes half a minute each time.
  func tries(after error: HTTPError) -> Int {
    switch error.code {
    case .reset, .truncated: tries
    case .timeout(.idle), .timeout(.total): min(tries, 2)
    default: 1
    }
  }

  /// Waits after the failed try number `attempt`, from 1.
  func pause(after attempt: Int) async throws {
    try await sleep(firstPause * Double(1 << (attempt - 1)) * jitter())
  }
}

extension HTTPResponse {
  /// The same request may be answered otherwise in a moment. † distribution 2.8 answers 500 to 16 % of `HEAD`s while
  /// tags move, and to a `GET` by digest while another tag is put to it.
  var isTransient: Bool { [408, 429].contains(status) || status >= 500 && ![501, 505].contains(status) }

  /// The transport waits before it sends anything to that host again; not where a redirect led to another one.
  var asksForPause: Bool {
    !isRedirected && (status == 429 || status == 503 && (retryAfter(wall: time(nil)) ?? .zero) > .zero)
  }
}
