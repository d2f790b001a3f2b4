/// A branch of a remote, and the remote-tracking branch in which a fetch keeps it.
package struct RemoteBranch: Hashable, Sendable {
  package let remote: String
  /// At the remote, without `refs/heads/`.
  package let name: String

  /// `origin/production` as the branch `production` of `origin`; nil where `branch` is not of that remote.
  package init?(_ branch: String, of remote: String) {
    guard branch.hasPrefix("\(remote)/") else { return nil }
    self.remote = remote
    name = String(branch.dropFirst(remote.count + 1))
  }

  /// At the remote.
  var ref: String { "refs/heads/\(name)" }
  /// Here.
  package var trackingRef: String { "refs/remotes/\(remote)/\(name)" }
}
