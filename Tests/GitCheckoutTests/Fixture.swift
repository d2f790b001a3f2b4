import GitCheckout
import LinuxSystem
import Model
import Synchronization
import TestSupport
import Testing

/// Calls `body` with an empty repository `repository` in a folder of its own.
func withRepository(
  objectFormat: String = "sha1", _ body: (TemporaryDirectory, TemporaryGitRepository) async throws -> Void
) async throws {
  try await withTemporaryDirectory { directory in
    try await body(
      directory, try await TemporaryGitRepository(directory("repository"), objectFormat: objectFormat))
  }
}

extension TemporaryGitRepository {
  /// What is tested, on this repository.
  func opened(extra: [String: String] = [:]) async throws -> GitRepository {
    try await .open(path, with: GitProgram(environment: environment.merging(extra) { $1 }))
  }

  /// The same for somebody whom git does not know.
  func openedWithoutIdentity() async throws -> GitRepository {
    try await git("config", "user.useConfigOnly", "true")
    let environment = environment.filter { !$0.key.hasPrefix("GIT_") }
    return try await .open(path, with: GitProgram(environment: environment))
  }
}

extension GitRepository {
  /// The commit id of `branch`; nil where there is none.
  func tip(_ branch: String) throws -> String? { try resolve(branch)?.commit.description }

  /// The text at `path` of `commit`.
  func text(_ path: String, _ commit: String) throws -> String {
    let file = try files(at: path, in: try CommitID(commit))[0]
    return String(decoding: try contents(of: file.blob), as: UTF8.self)
  }
}

extension GitRepository {
  /// All of an answer, in the order of the walk.
  nonisolated func history(_ query: HistoryQuery) async throws -> (
    commits: [HistoryCommit], completeness: HistoryCompleteness
  ) {
    let collected = Collected()
    let completeness = try await walk(query) { collected.add($0) }
    return (collected.commits, completeness)
  }
}

private final class Collected: Sendable {
  private let all = Mutex<[HistoryCommit]>([])
  var commits: [HistoryCommit] { all.withLock { $0 } }
  func add(_ commit: HistoryCommit) { all.withLock { $0.append(commit) } }
}

/// The `GitError` that `body` throws; nil where it throws none.
func gitError(_ body: () async throws -> Void) async throws -> GitError? {
  do {
    try await body()
    return nil
  } catch let error as GitError {
    return error
  }
}

extension TemporaryDirectory {
  /// An executable `name` with the shell script `body`; its path.
  ///
  /// Another process writes it: a descriptor of ours would be in every child that another test is spawning, and nobody
  /// can execute a file that is open for writing ("Text file busy").
  func script(_ name: String, _ body: String) async throws -> String {
    let path = self(name)
    let writer = Command(
      "/bin/sh", ["-c", "cat > \"$0\" && chmod 755 \"$0\"", path], environment: ["PATH": "/usr/bin:/bin"])
    let written = try await ChildProcess.run(
      writer, input: Array("#!/bin/sh\n\(body)\n".utf8), timeout: .seconds(30))
    #expect(written.termination.isSuccess)
    return path
  }
}
