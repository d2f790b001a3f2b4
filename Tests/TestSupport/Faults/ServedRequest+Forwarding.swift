package import HTTPClient
package import Model
import Synchronization

extension ServedRequest {
  /// The same request to another server.
  /// - Throws: for a method that clients of a registry don't send.
  package func forwarded(to upstream: RegistryURL) throws -> HTTPRequest {
    struct UnknownMethod: Error { let name: String }
    guard let method = HTTPRequest.Method(rawValue: method) else { throw UnknownMethod(name: method) }
    let headers = ["Accept", "Content-Type"].compactMap { name in
      header(name).map { HTTPRequest.Header(name, $0) }
    }
    return HTTPRequest(
      method, "\(upstream)\(target)", headers: headers, body: method == .put ? body : nil,
      followsRedirects: false)
  }
}

extension HTTPResponse {
  /// The same answer to another client.
  package var reply: ScriptedReply {
    let names = [
      "Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version", "Link", "Location", "Allow",
    ]
    return .answer(
      status: status, headers: names.compactMap { name in headers[name].map { (name, $0) } }, body: body)
  }
}

/// Runs `body` to its end on the calling thread, which is the server's connection's own.
package func blocking(_ body: @escaping @Sendable () async -> ScriptedReply) -> ScriptedReply {
  let gate = Gate()
  let result = Mutex(ScriptedReply.reset)
  Task.detached {
    let reply = await body()
    result.withLock { $0 = reply }
    gate.open()
  }
  gate.wait()
  return result.withLock(\.self)
}
