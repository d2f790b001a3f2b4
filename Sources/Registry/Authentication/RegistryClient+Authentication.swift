import HTTPClient

extension RegistryClient {
  /// `request` with what the registry is to know it by.
  func authorized(_ request: RegistryRequest) -> HTTPRequest {
    var http = request.http
    if !authorization.isEmpty { http.headers = authorization + http.headers }
    return http
  }
}
