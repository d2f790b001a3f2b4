/// A git object id of a file's content. Two with one id are the same bytes: who has read one need not read
/// the other.
package struct BlobID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// 40 (SHA-1) or 64 (SHA-256) lower-case hex digits.
  package let description: String

  /// What git printed.
  init(hex: String) { description = hex }

  package static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}
