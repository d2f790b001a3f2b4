/// Brings a remote's branches into the checkout.
package protocol BranchFetcher: Sendable {
  /// Fetches one branch, by its name in the configuration: `origin/production`. A cancelled one ends soon.
  func fetch(_ branch: String) async -> FetchOutcome
}

package enum FetchOutcome: Hashable, Sendable {
  case fetched
  /// The remote answers, and has no such branch: what to do about it.
  case vanished(String)
  /// Unknown, never absent: why.
  case failed(String)
  /// The same, where the remote itself gives no answer: its other branches would fail alike.
  case unreachable(String)
}
