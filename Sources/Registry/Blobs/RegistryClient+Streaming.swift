import HTTPClient

extension RegistryClient {
  /// Sends `request`, whose answer's body is to be read piece by piece.
  /// - Throws: `RegistryError` of kind `transport` or `cancelled`.
  func download(_ request: RegistryRequest) async throws(RegistryError) -> HTTPDownload {
    var request = request
    // It may wait for others that read for hours.
    request.mayTakeLong = true
    return try await authenticated(request) { request async throws(RegistryError) in
      do throws(HTTPError) { return try await transport.download(request.http) } catch {
        throw RegistryError(error, of: request)
      }
    }
  }

  /// Sends `request` with `size` bytes of `source` as its body.
  ///
  /// Where the registry asks for another authorization in the middle of it, the source is spent: what came is for the
  /// caller to ask, and the next request carries that authorization.
  /// - Throws: `RegistryError`: the source's own, or of kind `transport` or `cancelled`, whose outcome is unknown.
  func upload(
    _ request: RegistryRequest, from source: any ByteSource, size: Int
  ) async throws(RegistryError) -> HTTPResponse {
    var isSpent = false
    return try await authenticated(request) { request async throws(RegistryError) in
      if isSpent {
        throw RegistryError(
          .transport, "\(request.operation): the authorization expired meanwhile", isOutcomeUnknown: true)
      }
      isSpent = true
      return try await transmit(request, from: source, size: size)
    }
  }

  private func transmit(
    _ request: RegistryRequest, from source: any ByteSource, size: Int
  ) async throws(RegistryError) -> HTTPResponse {
    do { return try await transport.upload(request.http, from: source, size: size) } catch {
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

extension HTTPDownload: ChallengingAnswer {}
