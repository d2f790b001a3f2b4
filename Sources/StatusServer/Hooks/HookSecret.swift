package import Model

/// What a hook and its sender alone know.
package struct HookSecret: Sendable, Redacted {
  /// Fewer bytes could be guessed.
  static let shortest = 16
  /// What Standard Webhooks writes before the base64 of a key.
  static let signingPrefix = "whsec_"

  /// The text itself.
  let bytes: [UInt8]
  /// The key that `whsec_` stands before; nil where it does not.
  let signingKey: [UInt8]?

  /// - Parameter text: A file's or a variable's; line breaks at its end are no part of it.
  /// - Throws: `InvalidValue`, which never has the text.
  package init(_ text: some Sequence<UInt8>) throws(InvalidValue) {
    var bytes = Array(text)
    while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    let remedy = "make one, as openssl rand -hex 32 does, and tell it to the sender too"
    guard bytes.count >= Self.shortest else {
      throw InvalidValue(
        bytes.isEmpty ? "it is empty" : "it has \(bytes.count) bytes, fewer than \(Self.shortest)",
        remedy: remedy)
    }
    self.bytes = bytes
    guard bytes.starts(with: Self.signingPrefix.utf8) else {
      signingKey = nil
      return
    }
    guard let key = [UInt8](base64: bytes.dropFirst(Self.signingPrefix.utf8.count)),
      key.count >= Self.shortest
    else {
      throw InvalidValue(
        "what stands behind \(Self.signingPrefix) is no base64 of \(Self.shortest) bytes or more",
        remedy: "write the signing token as its sender shows it")
    }
    signingKey = key
  }

  /// Whether `text` is the secret. Of neither is told how far they agree, nor whether their lengths do.
  func isText(_ text: some Sequence<UInt8>) -> Bool {
    isEqualInConstantTime(hmacSHA256(Array(text), key: bytes), hmacSHA256(bytes, key: bytes))
  }
}
