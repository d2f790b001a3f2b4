import LinuxSystem

/// Why git could not answer: what was asked of what, the cause, and the remedy where there is one.
package struct GitError: Error, Equatable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// There is no git executable.
    case gitMissing
    /// It is older than 2.36, which `cat-file --batch-command` needs.
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
