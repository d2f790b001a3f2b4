extension ServedRequest {
  /// Those of the query, or of a POST's form, decoded.
  package var parameters: [String: [String]] {
    let text =
      method == "POST"
      ? String(decoding: body, as: UTF8.self) : String(target.drop { $0 != "?" }.dropFirst())
    var parameters: [String: [String]] = [:]
    for pair in text.split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1)
      guard halves.count == 2 else { continue }
      parameters[String(halves[0]), default: []].append(halves[1].removingPercentEncoding)
    }
    return parameters
  }
}

extension Substring {
  fileprivate var removingPercentEncoding: String {
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let decoded = UInt8(Substring(rest.prefix(2)), radix: 16) {
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
