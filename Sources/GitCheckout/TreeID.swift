/// A git object id of a whole tree: what a commit's files are.
package struct TreeID: Hashable, Sendable, CustomStringConvertible {
  /// 40 (SHA-1) or 64 (SHA-256) lower-case hex digits.
  package let description: String

  /// What git printed.
  init(hex: String) { description = hex }
}
