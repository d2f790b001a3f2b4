import HTTPClient

extension Transport {
  /// By which `request` failed; nil where an answer came.
  func error(_ request: HTTPRequest) async -> HTTPError? {
    do {
      _ = try await send(request)
      return nil
    } catch { return error }
  }
}
