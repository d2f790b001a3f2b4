import FoundationEssentials
package import Model

/// A user's name and password, or a token in a password's place. Never printed.
package struct RegistryCredentials: Sendable, CustomStringConvertible, CustomReflectable {
  private let username: String
  private let password: String

  /// - Throws: `InvalidValue` for a name that HTTP Basic can't carry (RFC 7617 section 2).
  package init(username: String, password: String) throws(InvalidValue) {
    guard !username.contains(":") else {
      throw InvalidValue("the registry's user name has a colon", remedy: "check the credentials' format")
    }
    self.username = username
    self.password = password
  }

  package var description: String { "credentials (redacted)" }
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// The value of an `Authorization` field for HTTP Basic.
  var basicAuthorization: String { "Basic " + Data("\(username):\(password)".utf8).base64EncodedString() }
}
