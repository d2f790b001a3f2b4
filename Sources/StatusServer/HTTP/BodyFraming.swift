/// How the end of a request's body is told (RFC 9112, section 6.3).
enum BodyFraming: Equatable {
  case none
  /// In bytes.
  case length(Int)
  case chunked

  /// Nil where a proxy before us may see another end than libmicrohttpd does: it then takes the rest of one client's
  /// request for the begin of another's.
  init?(_ headers: [(name: String, value: String)]) {
    func values(_ name: String) -> [String] {
      headers.filter { $0.name.lowercased() == name }.map(\.value)
    }
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"))
    guard !headers.contains(where: { $0.name.contains(where: \.isWhitespace) }) else { return nil }
    switch (lengths.count, codings.count) {
    case (0, 0): self = .none
    case (1, 0):
      guard let length = Int(lengths[0]), length >= 0, lengths[0].allSatisfy(\.isNumber) else { return nil }
      self = length == 0 ? .none : .length(length)
    case (0, 1) where codings[0].lowercased() == "chunked": self = .chunked
    default: return nil
    }
  }
}
