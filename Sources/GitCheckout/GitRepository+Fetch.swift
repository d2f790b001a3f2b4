import LinuxSystem
import Model

/// What became of the fetch of one branch.
package enum FetchOutcome: Hashable, Sendable {
  /// The remote-tracking branch is where the remote's is.
  case fetched
  /// The remote answers, and has no such branch. The remote-tracking one stays as it is.
  case vanished
  /// Unknown, never absent: why.
  case failed(String)
  /// The same, where the remote gave no answer about what it has: its other branches would fail alike.
  case unreachable(String)
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
    if let obstacle = try await obstacle(to: branch) { return .failed(obstacle) }
    let refspec = "+\(branch.ref):\(branch.trackingRef)"
    switch try await speak(
      Self.fetching(from: branch.remote) + ["--", branch.remote, refspec], timeout: timeout)
    {
    case .failure(let silence): return .failed(silence.reason)
    case .success(let done) where done.termination.isSuccess: return .fetched
    case .success(let done):
      // A branch that is gone and a remote that is fail alike.
      return switch try await look(for: branch, timeout: timeout) {
      case .absent: .vanished
      case .present: .failed(done.remoteComplaint)
      case .unknown: .unreachable(done.remoteComplaint)
      }
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
      if done.termination == .exited(status: 2) { return try await absence(at: branch.remote, timeout) }
      guard done.termination.isSuccess else { return .unknown(done.remoteComplaint) }
      // It also names refs that end so, such as refs/heads/x/refs/heads/main.
      let isListed = done.outputText.split(separator: "\n").contains { $0.hasSuffix("\t\(branch.ref)") }
      return isListed ? .present : .absent
    }
  }

  /// An empty answer, such as a proxy's page for maintenance or a remote that is being restored, is none.
  private nonisolated func absence(at remote: String, _ timeout: Duration) async throws(CancellationError)
    -> RemotePresence
  {
    let arguments = ["ls-remote", "--", remote, "HEAD", "refs/heads/*"]
    switch try await speak(arguments, timeout: timeout) {
    case .failure(let silence): return .unknown(silence.reason)
    case .success(let done):
      guard done.termination.isSuccess else { return .unknown(done.remoteComplaint) }
      return done.outputText.isEmpty ? .unknown("the remote \(remote) lists no branch at all") : .absent
    }
  }

  /// Why a fetch would not do what is meant.
  private nonisolated func obstacle(to branch: RemoteBranch) async throws(CancellationError) -> String? {
    do {
      // Git would take the name for a path.
      guard try await hasRemote(branch.remote) else {
        return
          "\(path) has no remote \(branch.remote.quoted): git remote add it, or mend remote: below fetch:"
      }
      // Git would write through it, into a local branch.
      let target = try await run(["symbolic-ref", "-q", branch.trackingRef])
      guard target.termination.isSuccess else { return nil }
      return "\(branch.trackingRef) stands for \(target.outputText.quoted): git symbolic-ref --delete it"
    } catch let error as CancellationError {
      throw error
    } catch {
      return "\(error)"
    }
  }

  /// Without these a user's configuration could move, prune or write more than the one ref. All are in 2.36.
  private static func fetching(from remote: String) -> [String] {
    writing + [
      // Since 2.48 a fetch makes refs/remotes/REMOTE/HEAD, too.
      "-c", "remote.\(remote).followRemoteHEAD=never", "fetch", "--quiet", "--no-tags",
      "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune",
      // In the background it would outlive us.
      "--no-auto-maintenance",
      // Else the remote's own refspecs are followed, too: those of a mirror move local branches.
      "--refmap=",
    ]
  }

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
