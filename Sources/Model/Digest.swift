/// A SHA-256 content digest, `sha256:` and 64 lower-case hex digits in text (OCI image-spec, descriptor, "Digests").
///
/// Four words rather than a string: states of 100,000 images are compared in milliseconds.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// - Throws: `InvalidValue` unless `text` is `sha256:` and 64 lower-case hex digits.
  package init(_ text: some StringProtocol) throws(InvalidValue) {
    let bytes = Array(text.utf8)
    guard bytes.count == 71, bytes.starts(with: "sha256:".utf8), let words = Self.words(hex: bytes[7...])
    else {
      throw InvalidValue(
        "\(String(text).quoted) is not a digest", remedy: "write sha256: and 64 lower-case hex digits")
    }
    self.words = words
  }

  /// The digest whose 32 bytes, most significant first, are `bytes`; nil for another count.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// The 64 hex digits, without the algorithm.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 64) { buffer in
      var position = 0
      for word in [words.0, words.1, words.2, words.3] {
        for shift in stride(from: 60, through: 0, by: -4) {
          buffer[position] = digits[Int(word >> UInt64(shift) & 15)]
          position += 1
        }
      }
      return position
    }
  }

  package var description: String { "sha256:" + hex }

  /// `sha256:` and the first 12 hex digits: for people, never for a comparison.
  package var short: String { "sha256:" + hex.prefix(12) }

  package static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
  package static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
  package func hash(into hasher: inout Hasher) {
    // A digest is uniformly distributed: one word identifies it to a hash table.
    hasher.combine(words.0)
  }

  private static func words(hex: ArraySlice<UInt8>) -> (UInt64, UInt64, UInt64, UInt64)? {
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in hex.enumerated() {
      let value: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      words[index / 16] = words[index / 16] << 4 | UInt64(value)
    }
    return (words[0], words[1], words[2], words[3])
  }
}
