import Configuration
import GitCheckout
import Model
import Reconciler

/// The reconciler's way to a remote: by git, into the checkout.
struct GitFetcher: BranchFetcher {
  let repository: GitRepository
  let settings: Settings.Fetch

  func fetch(_ branch: String) async -> Reconciler.FetchOutcome {
    guard let remote = RemoteBranch(branch, of: settings.remote) else {
      return .failed("\(branch) is no branch of \(settings.remote)")
    }
    do {
      return switch try await repository.fetch(remote, timeout: settings.timeout) {
      case .fetched: .fetched
      case .vanished: .vanished(remote.absence)
      case .failed(let reason): .failed(reason)
      case .unreachable(let reason): .unreachable(reason)
      }
    } catch {
      return .failed("cancelled")
    }
  }
}

extension RemoteBranch {
  /// What to say of a local branch of its name, which git would read in its place, and what to do.
  var shadow: String { "the local branch \(remote)/\(name) hides what is fetched" }
  var unshadowing: String { "rename it: git branch -m \(remote)/\(name) NAME" }

  /// What to say of a branch that its remote does not have.
  var absence: String {
    "the remote \(remote) has no branch \(name.quoted): push it there, or mend branch: \(remote)/\(name) in the "
      + "configuration"
  }
}
