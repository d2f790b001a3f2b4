import HTTPClient

extension RegistryClient {
  /// Sends `request`, whose answer's body is to be read piece by piece.
  /// - Throws: `RegistryError` of kind `transport` or `cancelled`.
  func download(_ request: RegistryRequest) async throws(RegistryError) -> HTTPDownload {
    do { return try await transport.download(authorized(request)) } catch {
      throw RegistryError(error, of: request)
    }
  }

  /// Sends `request` with `size` bytes of `source` as its body.
  /// - Throws: `RegistryError`: the source's own, or of kind `transport` or `cancelled`, whose outcome is unknown.
  func upload(
    _ request: RegistryRequest, from source: any ByteSource, size: Int
  ) async throws(RegistryError) -> HTTPResponse {
    do { return try await transport.upload(authorized(request), from: source, size: size) } catch {
      switch error {
      case let error as RegistryError: throw error
      case let error as HTTPError: throw RegistryError(error, of: request)
      case is CancellationError: throw RegistryError(.cancelled, "\(request.operation): cancelled")
      default:
        throw RegistryError(.unexpected, "\(request.operation): what was to be sent can't be read: \(error)")
      }
    }
  }
}

extension RegistryError {
  /// No complete answer came to `request`.
  init(_ error: HTTPError, of request: RegistryRequest) {
    self.init(
      error.code == .cancelled || error.code == .shutDown ? .cancelled : .transport, error.description,
      isOutcomeUnknown: !request.method.isSafe && !error.isBeforeSending)
  }
}
