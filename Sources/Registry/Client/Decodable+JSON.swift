import FoundationEssentials

extension Decodable {
  /// Nil where `bytes` are no JSON text (RFC 8259), or of another shape.
  init?(json bytes: [UInt8]) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = value
  }
}
