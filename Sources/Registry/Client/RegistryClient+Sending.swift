import HTTPClient

extension RegistryClient {
  /// The answer that a request got at last.
  struct FinalAnswer {
    let response: HTTPResponse
    /// An earlier try was a write whose answer got lost, or told of a fault of the server's.
    let mayHaveTakenEffect: Bool
  }

  /// Sends `request`, again where that is safe and may help; a write whose answer got lost says that its outcome is
  /// unknown.
  /// - Throws: `RegistryError` of kind `transport`, `throttled` or `cancelled`.
  func send(_ request: RegistryRequest) async throws(RegistryError) -> HTTPResponse {
    try await sendRepeatedly(request).response
  }

  /// As `send`, telling what the tries before the last one may have done.
  /// - Parameter isTransient: Whether the same request may be answered otherwise in a moment.
  func sendRepeatedly(
    _ request: RegistryRequest, where isTransient: (HTTPResponse) -> Bool = \.isTransient
  ) async throws(RegistryError) -> FinalAnswer {
    let isWrite = !request.method.isSafe
    var mayHaveTakenEffect = false
    var attempt = 1
    while true {
      var waitsElsewhere = false
      do throws(HTTPError) {
        let response = try await transport.send(authorized(request))
        guard request.isRepeatable, isTransient(response), attempt < retries.tries(after: response) else {
          return FinalAnswer(response: response, mayHaveTakenEffect: mayHaveTakenEffect)
        }
        if isWrite, response.status >= 500 { mayHaveTakenEffect = true }
        waitsElsewhere = response.asksForPause
      } catch {
        if isWrite, !error.isBeforeSending { mayHaveTakenEffect = true }
        guard request.isRepeatable, attempt < retries.tries(after: error) else {
          throw RegistryError(error.kind, error.description, isOutcomeUnknown: mayHaveTakenEffect)
        }
      }
      if !waitsElsewhere {
        do { try await retries.pause(after: attempt) } catch {
          throw RegistryError(
            .cancelled, "\(request.operation): cancelled before it was tried again",
            isOutcomeUnknown: mayHaveTakenEffect)
        }
      }
      attempt += 1
    }
  }
}

extension HTTPError {
  fileprivate var kind: RegistryError.Kind {
    switch code {
    case .cancelled, .shutDown: .cancelled
    case .paused: .throttled
    default: .transport
    }
  }
}
