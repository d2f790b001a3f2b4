import HTTPClient
import Model
import Synchronization

/// What a request is sent with: the value of its `Authorization` field. Never printed.
///
/// One object stands for one token: an answer that refuses it can tell whether it is still the one in use.
final class Authorization: Sendable, Redacted {
  /// What an answer to it may quote.
  let secrets: HTTPResponse.Secrets
  private let header: HTTPRequest.Header
  private let combinations = Mutex<[(base: [HTTPRequest.Header], all: [HTTPRequest.Header])]>([])

  /// Of a password; a token has been taken by the service that made it.
  let trial: PasswordTrial?
  /// When it was asked for, and from when on it is renewed and no longer sent; nil where that is not known.
  let obtained: Duration
  let renewal: Duration?
  let expiry: Duration?

  /// - Parameters:
  ///   - credentials: What it was made of, or obtained by.
  ///   - life: How long the token is good for, from `obtained` on; nil for one that does not say.
  ///   - trial: Of a password.
  init(
    _ value: String, from credentials: RegistryCredentials = .anonymous, obtained: Duration,
    life: Duration? = nil, trial: PasswordTrial? = nil
  ) {
    self.trial = trial
    header = HTTPRequest.Header("Authorization", value)
    let token = value.firstIndex(of: " ").map { String(value[value.index(after: $0)...]) } ?? value
    secrets = HTTPResponse.Secrets([token] + credentials.secrets)
    self.obtained = obtained
    // Not in its last moments: a request takes time to get there, and clocks differ.
    expiry = life.map { obtained + $0 - min($0 / 10, .seconds(5)) }
    renewal = life.map { obtained + $0 * 3 / 4 }
  }

  /// `base` and the field, as one array for all requests of one kind: the transport knows its handles by that.
  func adding(to base: [HTTPRequest.Header]) -> [HTTPRequest.Header] {
    combinations.withLock { combinations in
      // Equal by identity for the arrays that requests share.
      if let known = combinations.first(where: { $0.base == base }) { return known.all }
      let all = [header] + base
      if combinations.count < 16 { combinations.append((base, all)) }
      return all
    }
  }

  func isExpired(at now: Duration) -> Bool { expiry.map { now >= $0 } ?? false }

  func hasSameValue(as other: Authorization) -> Bool { header.value == other.header.value }
}
