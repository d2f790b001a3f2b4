/// A version of git, such as `2.39.5`.
struct GitVersion: Comparable, CustomStringConvertible {
  /// The first with `cat-file --batch-command` (its release notes).
  static let oldest = GitVersion([2, 36])
  /// The first with `merge-tree --write-tree`.
  static let oldestToMergeTrees = GitVersion([2, 38])

  private let numbers: [Int]

  private init(_ numbers: [Int]) { self.numbers = numbers }

  /// Reads what `git --version` prints: `git version 2.39.5 (Apple Git-154)`; nil for anything else.
  init?(versionOutput text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count >= 3, words[0] == "git", words[1] == "version" else { return nil }
    numbers = words[2].split(separator: ".").prefix { Int($0) != nil }.compactMap { Int($0) }
    if numbers.count < 2 { return nil }
  }

  var description: String { numbers.map(String.init).joined(separator: ".") }

  static func < (a: Self, b: Self) -> Bool { a.numbers.lexicographicallyPrecedes(b.numbers) }
}
