import Model

/// The full names that a branch can have. Never a bare name, which a tag of that name would redirect.
struct BranchRef: Hashable {
  let branch: String

  /// - Throws: `GitError.badRevision` for what can't be a branch: such text would be read as a revision's
  ///   syntax.
  init(_ branch: String) throws(GitError) {
    guard Self.isRefName(branch) else {
      throw GitError(
        .badRevision, "\(branch.quoted) is not a branch's name",
        remedy: "write it without refs/heads/, such as main or release/8.0")
    }
    self.branch = branch
  }

  /// In the order in which they are looked for.
  var candidates: [String] { ["refs/heads/\(branch)", "refs/remotes/\(branch)"] }

  /// The refs that git would also take `name` for, where it does not exist itself (gitrevisions(7),
  /// `<refname>`).
  static func decoys(of name: String) -> [String] {
    [
      "refs/\(name)", "refs/tags/\(name)", "refs/heads/\(name)", "refs/remotes/\(name)",
      "refs/remotes/\(name)/HEAD",
    ]
  }

  /// git-check-ref-format(1).
  private static func isRefName(_ text: String) -> Bool {
    guard !text.isEmpty, !text.hasSuffix("."), text != "@", !text.hasPrefix("-") else { return false }
    let bytes = Array(text.utf8)
    let forbidden = Set(" ~^:?*[\\".utf8)
    guard bytes.allSatisfy({ $0 > 31 && $0 != 127 && !forbidden.contains($0) }) else { return false }
    guard !zip(text, text.dropFirst()).contains(where: { $0 == (".", ".") || $0 == ("@", "{") }) else {
      return false
    }
    return text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock")
    }
  }
}
