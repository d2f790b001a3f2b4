import HTTPClient

extension RegistryClient {
  /// Sends `request`; a write whose answer got lost says that its outcome is unknown.
  /// - Throws: `RegistryError` of kind `transport` or `cancelled`, or where authentication failed.
  func send(_ request: RegistryRequest) async throws(RegistryError) -> HTTPResponse {
    try await authenticated(request) { request async throws(RegistryError) in try await transmit(request) }
  }

  private func transmit(_ request: RegistryRequest) async throws(RegistryError) -> HTTPResponse {
    do {
      return try await transport.send(request.http)
    } catch {
      throw RegistryError(
        error.code == .cancelled || error.code == .shutDown ? .cancelled : .transport, error.description,
        isOutcomeUnknown: !request.method.isSafe && !error.isBeforeSending)
    }
  }
}
