import LinuxSystem

extension GitRepository {
  /// The files that differ between two trees, or that one of them lacks, ascending (git-diff-tree(1)).
  /// - Parameter paths: Files or folders that are no part of it.
  /// - Throws: `GitError.unreadable`; `CancellationError`, `SystemError`.
  package nonisolated func differingFiles(
    _ first: TreeID, _ second: TreeID, leavingOut paths: [String]
  ) async throws -> [String] {
    let done = try await run([
      "diff-tree", "-r", "-z", "--name-only", "--no-renames", first.description, second.description,
    ])
    guard done.termination.isSuccess else {
      throw GitError(.unreadable, "\(path): trees \(first) and \(second): \(done.errorOutput.complaints)")
    }
    let files = done.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return files.filter { file in !paths.contains { file == $0 || file.hasPrefix("\($0)/") } }
  }
}
