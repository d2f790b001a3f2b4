import FoundationEssentials
import LinuxSystem

/// A git repository of one test, made with the real git: nobody's configuration, fixed names, and a clock
/// that ticks one minute a commit from 2026-01-01T00:00:00Z, so that ids are the same in every run.
package final class TemporaryGitRepository {
  /// Of the working tree, or of a bare repository.
  package let path: String
  /// Among git's own files, which nobody commits and which go with the repository.
  private let home: String
  private var commits: Int

  /// `git init` at `path`, on the branch `main`.
  package init(_ path: String, bare: Bool = false, objectFormat: String = "sha1") async throws {
    self.path = path
    home = bare ? "\(path)/home" : "\(path)/.git/home"
    commits = 0
    var arguments = ["init", "-q", "-b", "main", "--object-format=\(objectFormat)"]
    if bare { arguments.append("--bare") }
    try await Self.git(arguments + [path], environment: environment)
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
  }

  private init(existing path: String, like other: TemporaryGitRepository) {
    (self.path, home, commits) = (path, other.home, other.commits)
  }

  /// For git of this fixture, and for what is tested: nothing of this machine's or person's.
  package var environment: [String: String] {
    let date = "\(1_767_225_600 + commits * 60) +0000"
    return [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
      "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": date,
      "GIT_COMMITTER_NAME": "Cy", "GIT_COMMITTER_EMAIL": "cy@example.com", "GIT_COMMITTER_DATE": date,
    ]
  }

  /// Runs git in the repository; what it printed, without the newline at the end. A failure throws.
  @discardableResult
  package func git(_ arguments: String..., extra: [String: String] = [:]) async throws -> String {
    try await git(arguments, extra: extra)
  }

  @discardableResult
  package func git(_ arguments: [String], extra: [String: String] = [:]) async throws -> String {
    try await Self.git(["-C", path] + arguments, environment: environment.merging(extra) { $1 })
  }

  /// Writes `files` (nil removes one) into the working tree and commits them with everything else there;
  /// the commit's id.
  @discardableResult
  package func commit(_ files: [String: String?] = [:], message: String = "change") async throws -> String {
    for (name, text) in files {
      let file = "\(path)/\(name)"
      guard let text else {
        try FileManager.default.removeItem(atPath: file)
        continue
      }
      let folder = String(file[..<file.lastIndex(of: "/")!])
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: file))
    }
    commits += 1
    try await git("add", "-A")
    try await git(
      "commit", "-q", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "-m", message)
    return try await tip()
  }

  /// Merges `branch` into the one checked out, with a merge commit; its id.
  @discardableResult
  package func merge(_ branch: String, message: String = "merge") async throws -> String {
    commits += 1
    try await git("merge", "-q", "--no-ff", "-m", message, branch)
    return try await tip()
  }

  /// `git revert` of `commit`; the new commit's id.
  @discardableResult
  package func revert(_ commit: String) async throws -> String {
    commits += 1
    try await git("revert", "--no-edit", commit)
    return try await tip()
  }

  /// Checks `name` out, as a new branch where there is none.
  package func checkOut(_ name: String) async throws {
    let exists = try await !git("branch", "--list", name).isEmpty
    if exists { try await git("checkout", "-q", name) } else { try await git("checkout", "-q", "-b", name) }
  }

  /// The id that `revision` has.
  package func tip(_ revision: String = "HEAD") async throws -> String {
    try await git("rev-parse", "--verify", revision)
  }

  /// `git clone` of this repository to `path`, over file:// so that `--depth` and `--filter` count.
  package func clone(to path: String, _ arguments: String...) async throws -> TemporaryGitRepository {
    try await git("config", "uploadpack.allowFilter", "true")
    try await git("config", "uploadpack.allowAnySHA1InWant", "true")
    try await Self.git(
      ["clone", "-q"] + arguments + ["file://\(self.path)", path], environment: environment)
    return TemporaryGitRepository(existing: path, like: self)
  }

  /// `git worktree add` of `branch` at `path`.
  package func addWorktree(_ path: String, branch: String) async throws -> TemporaryGitRepository {
    try await git("worktree", "add", "-q", path, branch)
    return TemporaryGitRepository(existing: path, like: self)
  }

  /// Deletes the loose object `id`, as a damaged disk would.
  package func removeObject(_ id: String) async throws {
    let folder = try await git("rev-parse", "--path-format=absolute", "--git-common-dir")
    try FileManager.default.removeItem(atPath: "\(folder)/objects/\(id.prefix(2))/\(id.dropFirst(2))")
  }

  /// Runs git with `input` as its standard input; what it printed, as `git(_:)`.
  package func feed(_ input: [UInt8], _ arguments: String...) async throws -> String {
    try await Self.git(["-C", path] + arguments, environment: environment, input: input)
  }

  /// Writes the bytes of `file` into the object database; the blob's id.
  package func hashed(_ file: String) async throws -> String { try await git("hash-object", "-w", file) }

  /// Feeds `stream` to git-fast-import(1): thousands of commits in a moment.
  package func fastImport(_ stream: String) async throws {
    try await Self.git(
      ["-C", path, "fast-import", "--quiet"], environment: environment, input: Array(stream.utf8))
  }

  @discardableResult
  private static func git(
    _ arguments: [String], environment: [String: String], input: [UInt8] = []
  ) async throws -> String {
    let command = Command("git", arguments, environment: environment)
    let done = try await ChildProcess.run(command, input: input, timeout: .seconds(60))
    struct Failed: Error { let said: String }
    guard done.termination.isSuccess else {
      throw Failed(said: "\(command): \(String(decoding: done.errorOutput, as: UTF8.self))")
    }
    return String(
      decoding: done.output.last == UInt8(ascii: "\n") ? done.output.dropLast() : done.output[...],
      as: UTF8.self)
  }
}
