/// Bytes of unknown number that come piece by piece to one reader: a body while it arrives, a file.
///
/// Whoever makes it bounds what it holds at once: the reader's pace is the writer's.
package protocol ByteSource: Sendable {
  /// The next piece, never empty; nil at the end. Not called again after nil or an error.
  func next() async throws -> [UInt8]?
}
