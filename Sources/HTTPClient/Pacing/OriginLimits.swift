/// What an operator allows towards one origin.
package struct OriginLimits: Hashable, Sendable {
  /// Requests in flight at most.
  package var concurrency: Int
  /// Requests started in a second at most; nil for no limit of ours.
  package var requestsPerSecond: Double?

  package init(concurrency: Int = 16, requestsPerSecond: Double? = nil) {
    precondition(concurrency > 0 && requestsPerSecond ?? 1 > 0, "no request could ever start")
    self.concurrency = concurrency
    self.requestsPerSecond = requestsPerSecond
  }
}
