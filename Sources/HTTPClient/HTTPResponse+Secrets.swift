extension HTTPResponse {
  /// What a request was sent with: a server may repeat it, and its words are shown.
  package struct Secrets: Sendable {
    /// The longest first: one may be a part of another.
    private let texts: [String]

    package init(_ texts: [String]) {
      self.texts = texts.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
    }

    package func redacted(_ text: String) -> String {
      texts.reduce(text) { $0.replacing($1, with: "(redacted)") }
    }
  }
}

extension HTTPResponse.Secrets: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "secrets (redacted)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
