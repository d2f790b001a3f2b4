import CCrypto

/// HMAC with SHA-256 (RFC 2104), by libcrypto (HMAC(3)): 32 bytes.
func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
    var length: UInt32 = 0
    let done = HMAC(
      EVP_sha256(), key, Int32(key.count), message, message.count, buffer.baseAddress, &length)
    precondition(done != nil, "libcrypto has no HMAC with SHA-256")
    count = Int(length)
  }
}

/// Whether both are the same, in a time that depends on their lengths alone (CRYPTO_memcmp(3)).
func isEqualInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}

extension [UInt8] {
  /// Two lower-case hex digits a byte.
  var hex: [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  /// RFC 4648 section 4 (EVP_EncodeBlock(3)).
  var base64: [UInt8] {
    // Four characters for every three bytes begun, and the zero that libcrypto adds.
    [UInt8](unsafeUninitializedCapacity: (self.count + 2) / 3 * 4 + 1) { buffer, count in
      count = Int(EVP_EncodeBlock(buffer.baseAddress, self, Int32(self.count)))
    }
  }

  /// The bytes of `text` (EVP_DecodeBlock(3)); nil for what is not whole base64.
  init?(base64 text: some Collection<UInt8>) {
    let characters = Array(text)
    let padding = characters.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let digits = characters.dropLast(padding)
    guard characters.count % 4 == 0, padding <= 2, !digits.isEmpty,
      digits.allSatisfy({ $0 != UInt8(ascii: "=") && $0 > 0x20 })
    else { return nil }
    var size: Int32 = -1
    var bytes = [UInt8](unsafeUninitializedCapacity: characters.count) { buffer, count in
      size = EVP_DecodeBlock(buffer.baseAddress, characters, Int32(characters.count))
      count = Swift.max(0, Int(size))
    }
    guard size >= 0 else { return nil }
    bytes.removeLast(padding)
    self = bytes
  }
}
