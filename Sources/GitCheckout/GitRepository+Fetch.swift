import LinuxSystem

/// What became of the fetch of one branch.
package enum FetchOutcome: Hashable, Sendable {
  /// The remote-tracking branch is where the remote's is.
  case fetched
  /// The remote answers, and has no such branch. The remote-tracking one stays as it is.
  case vanished
  /// Unknown, never absent: why.
  case failed(String)
}

/// Whether a remote has a branch.
package enum RemotePresence: Hashable, Sendable {
  case present
  case absent
  case unknown(String)
}

extension GitRepository {
  /// Fetches one branch into its remote-tracking branch, wherever the remote's moved to (git-fetch(1)). No
  /// other ref, no FETCH_HEAD, submodule, working tree or index changes, and nothing is pruned.
  /// - Parameter timeout: For git; after it, and when the task is cancelled, git ends with all its children.
  /// - Throws: `CancellationError`.
  package nonisolated func fetch(_ branch: RemoteBranch, timeout: Duration) async throws(CancellationError)
    -> FetchOutcome
  {
    let refspec = "+\(branch.ref):\(branch.trackingRef)"
    switch try await speak(Self.fetching + ["--", branch.remote, refspec], timeout: timeout) {
    case .failure(let silence): return .failed(silence.reason)
    case .success(let done) where done.termination.isSuccess: return .fetched
    case .success(let done):
      // A branch that is gone and a remote that is fail alike.
      if try await look(for: branch, timeout: timeout) == .absent { return .vanished }
      return .failed(done.remoteComplaint)
    }
  }

  /// Asks the remote for a branch (git-ls-remote(1)).
  /// - Throws: `CancellationError`.
  package nonisolated func look(for branch: RemoteBranch, timeout: Duration) async throws(CancellationError)
    -> RemotePresence
  {
    let arguments = ["ls-remote", "--exit-code", "--", branch.remote, branch.ref]
    switch try await speak(arguments, timeout: timeout) {
    case .failure(let silence): return .unknown(silence.reason)
    case .success(let done):
      if done.termination == .exited(status: 2) { return .absent }
      guard done.termination.isSuccess else { return .unknown(done.remoteComplaint) }
      // It also names refs that end so, such as refs/heads/x/refs/heads/main.
      let isListed = done.outputText.split(separator: "\n").contains { $0.hasSuffix("\t\(branch.ref)") }
      return isListed ? .present : .absent
    }
  }

  /// Without these a user's configuration could move, prune or write more than the one ref. All are in 2.36.
  private static let fetching =
    writing + [
      "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune",
      // In the background it would outlive us.
      "--no-auto-maintenance",
      // Else the remote's own refspecs are followed, too: those of a mirror move local branches.
      "--refmap=",
    ]

  /// Within a second that the daemon has to stop.
  private static let grace: Duration = .milliseconds(300)

  /// Why there is no answer.
  private struct Silence: Error { let reason: String }

  private nonisolated func speak(_ arguments: [String], timeout: Duration) async throws(CancellationError)
    -> Result<CompletedProcess, Silence>
  {
    do {
      var command = program.remoteCommand(in: path, arguments)
      if try await mayNotAsk() { command.environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes" }
      return .success(try await ChildProcess.run(command, timeout: timeout, grace: Self.grace))
    } catch let error as CancellationError {
      throw error
    } catch let error as ChildProcessError where error.code == .timedOut {
      let said = error.errorOutput.remoteComplaint
      return .failure(
        Silence(
          reason: "git gave \(error.problem)\(said.isEmpty ? "" : ": \(said)"): raise timeout: below fetch: "
            + "where that is too short"))
    } catch {
      return .failure(Silence(reason: "\(error)".remoteComplaint))
    }
  }

  /// Whether nobody but git decides how ssh is run: then it asks nobody.
  private nonisolated func mayNotAsk() async throws -> Bool {
    let isTold = ["GIT_SSH", "GIT_SSH_COMMAND", "SSH_ASKPASS_REQUIRE"]
    let lookup = program.remoteCommand(in: path, ["config", "--get", "core.sshCommand"])
    if isTold.contains(where: { lookup.environment[$0] != nil }) { return false }
    return try await !run(lookup, timeout: program.timeout).termination.isSuccess
  }
}
