import FoundationEssentials
import LinuxSystem
import Model

extension GitRepository {
  /// Calls `visit` with each commit of the answer, a commit before its parents, on a thread where it may
  /// block. Nothing is collected: a history of any length takes the memory of one commit.
  /// - Returns: Whether that was all: not in a shallow clone whose end was reached, nor where an object is
  ///   missing. Then the last commit visited may lack changes.
  /// - Throws: `GitError`, `CancellationError`, and what `visit` throws, which ends the walk.
  package nonisolated func walk(
    _ query: HistoryQuery, _ visit: @escaping @Sendable (HistoryCommit) throws -> Void
  ) async throws -> HistoryCompleteness {
    guard !query.tips.isEmpty else { return .complete }  // git log without a tip would take HEAD
    let boundary = try await shallowBoundary()
    if !boundary.isEmpty, let wider = query.unlimited {
      // The commit at which a shallow history ends may be one that the answer leaves out.
      let completeness = try await walk(wider) { _ in }
      let seen = try await walk(query, boundary: [], visit)
      return completeness == .complete ? seen : completeness
    }
    return try await walk(query, boundary: boundary, visit)
  }

  private nonisolated func walk(
    _ query: HistoryQuery, boundary: Set<String>,
    _ visit: @escaping @Sendable (HistoryCommit) throws -> Void
  ) async throws -> HistoryCompleteness {
    let path = path
    do {
      return try await ChildProcess.converse(with: program.command(in: path, query.arguments)) {
        conversation in
        var reachesBoundary = false
        var parser = HistoryParser(conversation, timeout: HistoryQuery.timeout)
        do {
          while let commit = try parser.commit() {
            if boundary.contains(commit.id.description) { reachesBoundary = true }
            if query.line?.stands(in: commit.message) != false { try visit(commit) }
          }
        } catch is HistoryParser.Truncated {
          // Git died: its status and last words are told below.
        }
        let termination = try conversation.finish()
        let complaints = conversation.errorOutput.complaints
        guard termination.isSuccess, complaints.isEmpty else {
          return .incomplete("\(path): git log ended early, \(termination): \(complaints)")
        }
        return reachesBoundary ? .incomplete(Self.shallowReason(path)) : .complete
      }
    } catch let error as ChildProcessError {
      throw GitError(error)
    }
  }

  /// The commits whose parents a shallow clone lacks (gitrepository-layout(5), `shallow`); none in a full
  /// one.
  private func shallowBoundary() throws(GitError) -> Set<String> {
    guard isShallow else { return [] }
    guard let text = try? String(contentsOf: URL(filePath: "\(commonDirectory)/shallow"), encoding: .utf8)
    else {
      throw GitError(.unreadable, "\(commonDirectory)/shallow can't be read")
    }
    return Set(text.split(separator: "\n").map(String.init))
  }
}

extension HistoryQuery {
  /// For the next commit: git may have to look through thousands for one that changed the paths.
  static let timeout: Duration = .seconds(600)

  /// The same walk without what leaves commits out; nil where nothing does.
  fileprivate var unlimited: HistoryQuery? {
    if paths.isEmpty, line == nil { return nil }
    return HistoryQuery(tips: tips, excluding: excluding, firstParentOnly: firstParentOnly)
  }

  /// For git-log(1), with every piece of configuration that changes what it prints set aside.
  var arguments: [String] {
    var arguments = [
      "--literal-pathspecs", "-c", "log.follow=false", "-c", "log.showSignature=false", "-c",
      "log.showRoot=true", "log", "-z",
      "--no-color", "--encoding=UTF-8", "--format=\(HistoryParser.format)",
    ]
    arguments +=
      paths.isEmpty
      ? ["--no-patch"]
      : ["--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=none", "--diff-merges=first-parent"]
    arguments += firstParentOnly ? ["--first-parent"] : ["--full-history"]
    if let limit { arguments.append("--max-count=\(limit)") }
    if let line { arguments += ["--fixed-strings", "--grep=\(line)"] }
    arguments += tips.map(\.description) + excluding.map { "^\($0)" }
    return arguments + ["--"] + paths
  }
}
