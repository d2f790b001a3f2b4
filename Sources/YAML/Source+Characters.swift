extension Source {
  /// What keeps the text from being read as YAML at all; nil where it is UTF-8 of a fair size and of printable
  /// characters (YAML 1.2.2, 5.1). Stricter than YAML in one thing: U+0085, U+2028, U+2029 and a byte order mark
  /// inside the text are refused, because libyaml and editors disagree on whether they end a line.
  func defect() -> (offset: Int, message: String, remedy: String)? {
    guard bytes.count <= Self.maximumSize else {
      let mebibytes = (bytes.count + (1 << 20) - 1) >> 20
      return (0, "the file has \(mebibytes) MiB, and 64 MiB are the most", "split it, or name the right file")
    }
    do throws(Unicode.UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      let offset = error.byteOffsets.lowerBound
      let byte = String(bytes[offset], radix: 16, uppercase: true)
      return (offset, "the byte 0x\(byte.count < 2 ? "0" : "")\(byte) is not UTF-8", "save the file as UTF-8")
    }
    return refusedCharacter().map { offset, name in
      let remedy = #"remove it, or write it as an escape such as "\u2028" in double quotes"#
      return (offset, "\(name) can't stand in a YAML file", remedy)
    }
  }

  private func refusedCharacter() -> (offset: Int, name: String)? {
    for offset in start..<bytes.count {
      let byte = bytes[offset]
      if byte < 0x7F {
        if byte >= 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { continue }
        return (offset, Self.name(of: Unicode.Scalar(byte)))
      }
      // Only characters that begin with these bytes can be refused ones.
      guard byte == 0x7F || byte == 0xC2 || byte == 0xE2 || byte == 0xEF else { continue }
      let scalar = scalar(at: offset)
      switch scalar.value {
      case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: return (offset, Self.name(of: scalar))
      default: continue
      }
    }
    return nil
  }

  /// The character that begins at `offset` of valid UTF-8.
  func scalar(at offset: Int) -> Unicode.Scalar {
    String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self).unicodeScalars.first!
  }

  private static func name(of scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
    return switch scalar.value {
    case 0xFEFF: "a byte order mark (\(code)) after the beginning"
    case 0x85, 0x2028, 0x2029: "the line separator \(code)"
    default: "the control character \(code)"
    }
  }
}
