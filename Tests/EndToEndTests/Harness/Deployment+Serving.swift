import HTTPClient
import TestSupport
import Testing

extension Deployment {
  /// Where the daemon that was started last listens, once it does: `http://127.0.0.1:PORT`. It has `listen: 127.0.0.1:0`.
  func served() async throws -> String {
    var url: String?
    try await until {
      url = log.firstMatch(of: #/listening on (http://127\.0\.0\.1:\d+)/\n/#).map { String($0.1) }
      return url != nil
    }
    return try #require(url)
  }

  /// Asks the daemon.
  func ask(
    _ method: HTTPRequest.Method, _ url: String, headers: [String: String] = [:], body: String = ""
  ) async throws -> (status: Int, text: String) {
    let response = try await transport.send(
      HTTPRequest(
        method, url, headers: headers.map { HTTPRequest.Header($0.key, $0.value) }, body: Array(body.utf8)))
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }
}
