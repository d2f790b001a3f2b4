import CCrypto
package import Model

/// The SHA-256 digest of `bytes`, by libcrypto (EVP_Digest(3)).
package func sha256(_ bytes: [UInt8]) -> Digest {
  let hash = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
    var length: UInt32 = 0
    let done = bytes.withUnsafeBytes {
      EVP_Digest($0.baseAddress, $0.count, buffer.baseAddress, &length, EVP_sha256(), nil)
    }
    // Fails only where memory ran out, or where a policy of the system forbids SHA-256.
    precondition(done == 1, "libcrypto has no SHA-256")
    count = Int(length)
  }
  return Digest(bytes: hash)!
}
