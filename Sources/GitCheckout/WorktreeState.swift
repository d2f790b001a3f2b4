import FoundationEssentials
import LinuxSystem

/// The folder in which git keeps one worktree's own state, such as a rebase that stopped
/// (gitrepository-layout(5), `worktrees/<id>`).
struct WorktreeState {
  private let folder: String

  /// - Parameter folder: The common directory for the main worktree.
  init(_ folder: String) { self.folder = folder }

  /// Of the linked worktrees.
  /// - Throws: `GitError.unreadable`.
  static func linked(in commonDirectory: String) throws(GitError) -> [WorktreeState] {
    let parent = "\(commonDirectory)/worktrees"
    guard mayExist(parent) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: parent).sorted()
        .map { WorktreeState("\(parent)/\($0)") }
    } catch {
      throw GitError(.unreadable, "\(parent) can't be read")
    }
  }

  /// The branches that an operation goes back to, or moves, when it ends: a rebase's (git-rebase(1)), also
  /// with --update-refs, and the one on which a bisect started (git-bisect(1)). What git's branch.c looks at.
  /// - Throws: `GitError.unreadable`.
  func refs() throws(GitError) -> Set<String> {
    var refs: Set<String> = []
    for name in ["rebase-merge/head-name", "rebase-apply/head-name"] {
      if let ref = try lines(name).first { refs.insert(ref) }
    }
    // Three lines each: the ref, its old and its new id.
    refs.formUnion(try lines("rebase-merge/update-refs").filter { $0.hasPrefix("refs/") })
    if mayExist("\(folder)/BISECT_LOG"), let start = try lines("BISECT_START").first {
      refs.insert(start.hasPrefix("refs/") ? start : "refs/heads/\(start)")
    }
    return refs
  }

  /// The worktree's folder: what holds the `.git` that `gitdir` names.
  var worktree: String {
    guard let link = try? lines("gitdir").first else { return folder }
    let file = link.hasPrefix("/") ? link : "\(folder)/\(link)"
    return String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
  }

  private func lines(_ name: String) throws(GitError) -> [String] {
    let file = "\(folder)/\(name)"
    guard mayExist(file) else { return [] }
    do {
      let bytes = try Data(contentsOf: URL(filePath: file))
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    } catch {
      // It can end while it is read.
      guard mayExist(file) else { return [] }
      throw GitError(.unreadable, "\(file) can't be read")
    }
  }
}
