/// A worktree as `git worktree list --porcelain -z` prints it (git-worktree(1)): attributes that NUL ends,
/// an empty one after each worktree.
struct Worktree: Hashable {
  let path: String
  /// Of its HEAD; nil where that is detached.
  var ref: String?
  var isBare = false

  /// The main one first.
  static func list(_ output: [UInt8]) -> [Worktree] {
    var worktrees: [Worktree] = []
    for field in output.split(separator: 0) {
      let attribute = String(decoding: field, as: UTF8.self)
      if attribute.hasPrefix("worktree ") {
        worktrees.append(Worktree(path: String(attribute.dropFirst(9))))
      } else if attribute.hasPrefix("branch ") {
        worktrees[worktrees.endIndex - 1].ref = String(attribute.dropFirst(7))
      } else if attribute == "bare" {
        worktrees[worktrees.endIndex - 1].isBare = true
      }
    }
    return worktrees
  }
}
