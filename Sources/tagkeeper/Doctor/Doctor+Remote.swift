import Configuration
import GitCheckout
import Reconciler

extension Doctor {
  /// Each branch that is fetched: whether the remote answers for it, and whether what is fetched is what is read.
  mutating func remote(_ workspace: Workspace, _ repository: GitRepository) async {
    guard let fetch = workspace.settings.fetch else { return }
    let subject = "remote \(fetch.remote)"
    var present: [String] = []
    for branch in workspace.fetchedBranches.compactMap({ RemoteBranch($0, of: fetch.remote) }) {
      do {
        switch try await repository.look(for: branch, timeout: fetch.timeout) {
        case .present: present.append(branch.name)
        case .absent: note(.failure(subject, branch.absence))
        case .unknown(let reason):
          return note(
            .failure(
              subject, "it can't be reached: \(reason)",
              remedy:
                "see that this works as the user that runs tagkeeper: git -C \(repository.path) ls-remote "
                + fetch.remote))
        }
      } catch {
        return
      }
      await local(branch, repository)
    }
    if !present.isEmpty { note(.ok(subject, "has \(present.joined(separator: ", "))")) }
  }

  /// `refs/heads/origin/main` would be read in place of `refs/remotes/origin/main`.
  private mutating func local(_ branch: RemoteBranch, _ repository: GitRepository) async {
    let name = "\(branch.remote)/\(branch.name)"
    guard let read = try? await repository.resolve(name), read.ref != branch.trackingRef else { return }
    note(
      .failure(
        "remote \(branch.remote)", branch.shadow, remedy: branch.unshadowing))
  }
}
