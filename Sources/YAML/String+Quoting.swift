extension String {
  /// The text as a double-quoted scalar on one line (YAML 1.2.2, 7.3.1), which this parser reads back as the same
  /// text: what may not stand in a file is escaped.
  package var yamlDoubleQuoted: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x22: result += #"\""#
      case 0x5C: result += #"\\"#
      case 0x09: result += #"\t"#
      case 0x0A: result += #"\n"#
      case 0x0D: result += #"\r"#
      case 0..<0x20, 0x7F...0x9F: result += #"\x"# + scalar.hex(2)
      case 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: result += #"\u"# + scalar.hex(4)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// The text as a plain scalar where that is safe in block and flow style, else double-quoted.
  package var yamlScalar: String {
    let isSafe = wholeMatch(of: /[A-Za-z0-9_.\/][A-Za-z0-9_.\/+-]*(:[A-Za-z0-9_.\/+-]+)*/) != nil
    return isSafe && CoreValue(plain: self) == .text && self != "..." ? self : yamlDoubleQuoted
  }
}

extension Unicode.Scalar {
  fileprivate func hex(_ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
