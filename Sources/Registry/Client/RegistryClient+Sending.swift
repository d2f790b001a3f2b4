import HTTPClient

extension RegistryClient {
  /// The answer that a request got at last.
  struct FinalAnswer {
    let response: HTTPResponse
    /// An earlier try was a write whose answer got lost, or told of a fault of the server's.
    let mayHaveTakenEffect: Bool
  }

  /// Sends `request`, with what the registry is to know it by, and again where that is safe and may help; a write whose
  /// answer got lost says that its outcome is unknown.
  /// - Throws: `RegistryError` of kind `transport`, `throttled` or `cancelled`, or where authentication failed.
  func send(_ request: RegistryRequest) async throws(RegistryError) -> HTTPResponse {
    try await sendRepeatedly(request).response
  }

  /// As `send`, telling what the tries before the last one may have done.
  /// - Parameter isTransient: Whether the same request may be answered otherwise in a moment.
  func sendRepeatedly(
    _ request: RegistryRequest, where isTransient: (HTTPResponse) -> Bool = \.isTransient
  ) async throws(RegistryError) -> FinalAnswer {
    var mayHaveTakenEffect = false
    do throws(RegistryError) {
      let response = try await authenticated(request) { request async throws(RegistryError) in
        try await transmit(request, where: isTransient, &mayHaveTakenEffect)
      }
      return FinalAnswer(response: response, mayHaveTakenEffect: mayHaveTakenEffect)
    } catch {
      throw mayHaveTakenEffect ? error.withUnknownOutcome : error
    }
  }

  private func transmit(
    _ request: RegistryRequest, where isTransient: (HTTPResponse) -> Bool, _ mayHaveTakenEffect: inout Bool
  ) async throws(RegistryError) -> HTTPResponse {
    let isWrite = !request.method.isSafe
    var attempt = 1
    while true {
      var waitsElsewhere = false
      do throws(HTTPError) {
        let response = try await transport.send(request.http)
        guard request.isRepeatable, isTransient(response), attempt < retries.tries(after: response) else {
          return response
        }
        if isWrite, response.status >= 500 { mayHaveTakenEffect = true }
        waitsElsewhere = response.asksForPause
      } catch {
        if isWrite, !error.isBeforeSending { mayHaveTakenEffect = true }
        guard request.isRepeatable, attempt < retries.tries(after: error) else {
          throw RegistryError(error, of: request)
        }
      }
      if !waitsElsewhere {
        do { try await retries.pause(after: attempt) } catch {
          throw RegistryError(.cancelled, "\(request.operation): cancelled before it was tried again")
        }
      }
      attempt += 1
    }
  }
}

extension RegistryError {
  /// No complete answer came to `request`.
  init(_ error: HTTPError, of request: RegistryRequest) {
    let kind: Kind =
      switch error.code {
      case .cancelled, .shutDown, .unsent: .cancelled
      case .paused: .throttled
      default: .transport
      }
    self.init(
      kind, error.description, isOutcomeUnknown: !request.method.isSafe && !error.isBeforeSending)
  }
}
