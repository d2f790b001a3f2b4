import Model

/// A path from the top of a tree, as its names.
struct TreePath: Hashable, CustomStringConvertible {
  let names: [String]

  /// Empty names and `.` are dropped, as where files are read.
  /// - Throws: `GitError.badText` for what no tree of a sound repository has, such as `..` or `.git`.
  init(_ text: String) throws(GitError) {
    names = text.split(separator: "/").filter { $0 != "." }.map(String.init)
    guard !names.isEmpty, !text.utf8.contains(0),
      !names.contains(where: { $0 == ".." || $0.lowercased() == ".git" })
    else {
      throw GitError(
        .badText, "\(text.quoted) is not a path in a tree",
        remedy: "write it from the top of the repository, such as desired-state/images.yaml")
    }
  }

  var description: String { names.joined(separator: "/") }

  /// The path of the first `count` names.
  func prefix(_ count: Int) -> String { names.prefix(count).joined(separator: "/") }
}
