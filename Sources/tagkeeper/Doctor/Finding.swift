/// What one check of `tagkeeper doctor` found.
struct Finding: Hashable, Sendable {
  enum Verdict: String, Sendable, CaseIterable {
    case ok
    /// Works, with something to know; or could not be learned.
    case warning = "warn"
    case failure = "FAIL"
  }

  let verdict: Verdict
  /// What was checked, such as `push team/app`.
  let subject: String
  let text: String
  /// What mends it, where the text does not say so itself.
  let remedy: String?

  init(_ verdict: Verdict, _ subject: String, _ text: String, remedy: String? = nil) {
    self.verdict = verdict
    self.subject = subject
    self.text = text
    self.remedy = remedy
  }

  static func ok(_ subject: String, _ text: String) -> Finding { Finding(.ok, subject, text) }
  static func warning(_ subject: String, _ text: String, remedy: String? = nil) -> Finding {
    Finding(.warning, subject, text, remedy: remedy)
  }
  static func failure(_ subject: String, _ text: String, remedy: String? = nil) -> Finding {
    Finding(.failure, subject, text, remedy: remedy)
  }
}
