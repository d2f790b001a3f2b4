import CCrypto
package import Model

/// The SHA-256 digest of `bytes`.
package func sha256(_ bytes: [UInt8]) -> Digest {
  var hash = SHA256()
  hash.update(bytes)
  return hash.finish()
}

/// The SHA-256 digest of bytes that come piece by piece, by libcrypto (EVP_DigestUpdate(3)).
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  package init() {
    let context = EVP_MD_CTX_new()
    // Fails only where memory ran out, or where a policy of the system forbids SHA-256.
    precondition(
      context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
    self.context = context!
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: [UInt8]) {
    let done = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    precondition(done == 1, "libcrypto can't go on with SHA-256")
  }

  /// The digest of all bytes.
  package consuming func finish() -> Digest {
    let hash = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
      var length: UInt32 = 0
      let done = EVP_DigestFinal_ex(context, buffer.baseAddress, &length)
      precondition(done == 1, "libcrypto can't end SHA-256")
      count = Int(length)
    }
    return Digest(bytes: hash)!  // SHA-256 has 32 bytes
  }
}
