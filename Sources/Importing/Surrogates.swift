extension [UInt8] {
  /// JSON text in which each escape of half a surrogate pair (RFC 8259 section 7, `\ud83d\ude00`) is `\ufffd`, the only
  /// escapes that YAML reads otherwise. No place moves, and neither a tag nor a digest can have such a character.
  var replacingSurrogateEscapes: [UInt8] {
    var result = self
    var offset = startIndex
    while let backslash = result[offset...].firstIndex(of: UInt8(ascii: "\\")) {
      // The byte behind a backslash is part of its escape, another backslash too.
      offset = Swift.min(backslash + 2, endIndex)
      let digits = result[offset...].prefix(4)
      guard offset < endIndex, result[backslash + 1] == UInt8(ascii: "u"), digits.isSurrogate else {
        continue
      }
      result.replaceSubrange(digits.indices, with: "fffd".utf8)
    }
    return result
  }
}

extension ArraySlice<UInt8> {
  /// Four hex digits from d800 to dfff.
  fileprivate var isSurrogate: Bool {
    guard count == 4, let value = UInt32(String(decoding: self, as: UTF8.self), radix: 16) else {
      return false
    }
    return (0xD800...0xDFFF).contains(value)
  }
}
