import CCrypto
import Model

/// The SHA-256 digest of bytes that come piece by piece, by libcrypto (EVP_DigestUpdate(3)).
struct ContentHash: ~Copyable {
  private let context: OpaquePointer

  init() {
    let context = EVP_MD_CTX_new()
    // Fails only where memory ran out, or where a policy of the system forbids SHA-256.
    precondition(
      context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
    self.context = context!
  }

  deinit { EVP_MD_CTX_free(context) }

  func update(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
  }

  consuming func finish() -> Digest {
    let hash = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
      var length: UInt32 = 0
      EVP_DigestFinal_ex(context, buffer.baseAddress, &length)
      count = Int(length)
    }
    return Digest(bytes: hash)!  // SHA-256 has 32 bytes
  }
}
