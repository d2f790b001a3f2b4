import LinuxSystem
import Model

/// Credentials that the configuration names for one registry.
package enum ConfiguredCredentials: Sendable, Equatable {
  case fixed(RegistryCredentials)
  /// A file whose text is the password; a line break at its end is no part of it.
  case passwordFile(username: String, path: String)
  /// A file whose text is a bearer token for the registry itself, as a platform projects one and rotates it.
  case tokenFile(String)

  /// The file that has the secret.
  var path: String? {
    switch self {
    case .fixed: nil
    case .passwordFile(_, let path), .tokenFile(let path): path
    }
  }

  /// - Parameter bytes: What `path` has.
  /// - Throws: `InvalidValue`, which never has the file's text.
  func credentials(_ bytes: [UInt8]) throws(InvalidValue) -> RegistryCredentials {
    var text = bytes[...]
    while text.last == UInt8(ascii: "\n") || text.last == UInt8(ascii: "\r") { text.removeLast() }
    guard !text.isEmpty, let secret = String(validating: text, as: UTF8.self) else {
      throw InvalidValue("it is empty, or not UTF-8", remedy: "write the secret alone into it")
    }
    switch self {
    case .fixed(let credentials): return credentials
    case .passwordFile(let username, _): return try RegistryCredentials(username: username, password: secret)
    case .tokenFile: return try RegistryCredentials(registryToken: secret)
    }
  }
}
