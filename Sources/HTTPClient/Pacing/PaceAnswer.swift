/// What the end of a request says of the pace that its server bears.
struct PaceAnswer {
  enum Kind: Equatable {
    case accepted
    /// 429 (RFC 6585 section 4).
    case throttled(retryAfter: Duration?)
    /// 503 with a time to come again at (RFC 9110 section 15.6.4).
    case unavailable(retryAfter: Duration)
    /// No answer, or one that says nothing of it: a request that was cancelled, an answer of another server.
    case silent
  }

  let kind: Kind
  var quota: QuotaNotice?

  init(_ kind: Kind, quota: QuotaNotice? = nil) {
    self.kind = kind
    self.quota = quota
  }

  /// - Parameters:
  ///   - tellsQuota: Whether a field of the answer may tell of a quota.
  ///   - wall: Seconds since 1970.
  init(_ response: HTTPResponse, tellsQuota: Bool, wall: @autoclosure () -> Int) {
    quota = tellsQuota ? QuotaNotice(response.headers, wall: wall()) : nil
    switch response.status {
    case 429: kind = .throttled(retryAfter: response.retryAfter(wall: wall()))
    case 503: kind = response.retryAfter(wall: wall()).map { .unavailable(retryAfter: $0) } ?? .silent
    default: kind = .accepted
    }
  }
}

extension Transfer {
  /// - Parameter wall: seconds since 1970.
  func paceAnswer(_ outcome: Outcome, wall: @autoclosure () -> Int) -> PaceAnswer {
    // What a redirect led to may be another server's.
    guard case .success(let response) = outcome, redirectCount == 0 else { return PaceAnswer(.silent) }
    return PaceAnswer(response, tellsQuota: tellsQuota, wall: wall())
  }
}
