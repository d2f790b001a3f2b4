import LinuxSystem

/// Why git could not answer: what was asked of what, the cause, and the remedy where there is one.
package struct GitError: Error, Equatable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// There is no git executable.
    case gitMissing
    /// It is older than 2.36, which `cat-file --batch-command` needs, or than what was asked for needs.
    case gitTooOld
    /// The checkout's path holds no repository.
    case notARepository
    /// Another user owns it (git-config(1), safe.directory).
    case unsafeOwnership
    /// It has a format that this git can't read, such as reftable before 2.45.
    case unsupportedFormat
    /// A text that can't be a branch, or names no commit.
    case badRevision
    /// The commit's tree has no such entry: git says so.
    case notFound
    /// There is an entry, but a symbolic link, a submodule or a folder.
    case notRegularFile
    /// Larger than the limit.
    case tooLarge
    /// A text that no file of a tree, or no line of a file of git's, can hold.
    case badText
    /// Another writer won: read the branch again, and try again on its new tip.
    case branchMoved
    /// A branch of that name, or one that it would be a folder of, is there already.
    case branchExists
    /// Another git holds the branch's lock, or died with it.
    case branchLocked
    /// A worktree has the branch checked out, or is in the middle of a rebase or bisect of it.
    case branchCheckedOut
    /// Git does not know who writes: there is no user.name or no user.email.
    case noIdentity
    /// The file of trusted keys can't be read, is wrong, or lists none.
    case badKeys
    /// A program that judges signatures is not in `PATH`.
    case programMissing
    /// Git did not write: no permission, a full disk, a hook that refused. No branch has changed.
    case notWritten
    /// Unknown, never absent: an object is missing, git died or did not answer.
    case unreadable
  }

  package let code: Code
  package let problem: String
  package let remedy: String?

  init(_ code: Code, _ problem: String, remedy: String? = nil) {
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }

  init(_ error: ChildProcessError) {
    guard error.code != .notFound else {
      self.init(
        .gitMissing, "there is no git in PATH", remedy: "install git \(GitVersion.oldest) or newer")
      return
    }
    self.init(.unreadable, "\(error)")
  }

  package var description: String { remedy.map { "\(problem): \($0)" } ?? problem }
}
