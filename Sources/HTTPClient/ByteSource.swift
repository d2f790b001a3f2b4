/// Bytes of unknown number that come piece by piece to one reader: a body while it arrives, a file.
///
/// Whoever makes it bounds what it holds at once: the reader's pace is the writer's.
package protocol ByteSource: Sendable {
  /// Where the bytes come from, such as `https://ghcr.io`; nil where they are at hand. Uploads of one origin's bytes wait
  /// for each other, and not for another's, which may be slow.
  var origin: String? { get }

  /// The next piece, never empty; nil at the end. Not called again after nil or an error.
  func next() async throws -> [UInt8]?
}

extension ByteSource {
  package var origin: String? { nil }
}
