import CCrypto
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
  var basicAuthorization: String { "Basic " + base64(Array("\(username):\(password)".utf8)) }
}

/// RFC 4648 section 4, by libcrypto (EVP_EncodeBlock(3)).
private func base64(_ bytes: [UInt8]) -> String {
  // Four characters for every three bytes begun, and the zero that libcrypto adds.
  String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { buffer in
    Int(EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(bytes.count)))
  }
}
