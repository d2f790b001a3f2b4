package import Model

extension StateText {
  /// The canonical text of `state` below the comments that this file begins with: for a file that declares no image yet,
  /// such as `firstText`.
  package func filled(with state: DesiredState) -> StateText {
    let text = StateText(path: path, state: state)
    let filled = StateText(path: path, bytes: leadingComments + text.bytes)
    // Comments that can't be kept as they are, in another encoding for instance, are no reason to write a broken file.
    return (try? filled.formatted()) ?? text
  }

  /// The first lines, as long as they are comments or blank.
  private var leadingComments: [UInt8] {
    var end = bytes.startIndex
    while end < bytes.endIndex {
      let next = bytes[end...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.endIndex
      let first = bytes[end..<next].first { $0 > UInt8(ascii: " ") }
      guard first == nil || first == UInt8(ascii: "#") else { break }
      end = next
    }
    let comments = Array(bytes[..<end])
    return comments.isEmpty || comments.last == UInt8(ascii: "\n")
      ? comments : comments + [UInt8(ascii: "\n")]
  }
}
