extension Settings {
  /// How the remote's branches come into the checkout (git-fetch(1)).
  package struct Fetch: Sendable, Equatable {
    package static let defaultInterval: Duration = .seconds(60)
    package static let defaultTimeout: Duration = .seconds(120)

    /// As `git remote` lists it. Channels whose branch begins with it and a `/` are fetched.
    package var remote: String
    /// From one fetch to the next.
    package var interval: Duration
    /// For the fetch of one branch.
    package var timeout: Duration

    package init(
      remote: String = "origin", interval: Duration = defaultInterval, timeout: Duration = defaultTimeout
    ) {
      self.remote = remote
      self.interval = interval
      self.timeout = timeout
    }

    /// Whether the branch of a channel is the remote's.
    package func brings(_ branch: String) -> Bool { branch.hasPrefix("\(remote)/") }
  }
}
