import Configuration
import GitCheckout
import Reconciler

extension Workspace {
  /// The channels' branches that are of the remote, each once; empty where nothing is fetched.
  var fetchedBranches: [String] {
    guard let fetch = settings.fetch else { return [] }
    return Set(channels.map(\.branch)).filter { fetch.brings($0) }.sorted()
  }

  /// The branch at the remote that a channel's branch is fetched from; nil for a local one.
  func remote(of branch: String) -> RemoteBranch? {
    settings.fetch.flatMap { RemoteBranch(branch, of: $0.remote) }
  }

  /// What fetches them into `repository`; nil where nothing is fetched.
  func fetches(into repository: GitRepository, telling events: any EventSink) -> FetchLoop? {
    settings.fetch.map { fetch in
      FetchLoop(
        fetchedBranches, fetcher: GitFetcher(repository: repository, settings: fetch),
        interval: fetch.interval, events: events, time: time)
    }
  }

  /// The checkout as the daemon reads it, by what `fetches` knows of the remote.
  /// - Throws: `CommandFailure` where the keys of `verify` can't be read.
  func stateSource(
    _ repository: GitRepository, _ fetches: FetchLoop?
  ) async throws(CommandFailure) -> any StateSource {
    let checkout = try await stateSource(repository)
    return fetches.map { FetchedStateSource(checkout: checkout, fetches: $0) } ?? checkout
  }
}
