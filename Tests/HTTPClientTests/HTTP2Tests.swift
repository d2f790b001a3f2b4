import HTTPClient
import TestSupport
import Testing

/// docker-registry behind TLS, which speaks HTTP/2 with whoever offers it.
@Suite(
  .enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)), .timeLimit(.minutes(10)))
struct HTTP2Tests {
  /// Calls `body` with a registry, and a request to it of a method and path.
  private func withRegistry(
    _ body: (RealRegistry, (HTTPRequest.Method, String) -> HTTPRequest) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let certificates = try await Certificates(in: folder)
      try await certificates.issue("registry")
      var protection = RealRegistry.Protection()
      protection.tls = certificates
      try await withRealRegistry(in: folder, protection: protection) { registry in
        try await body(registry) { method, path in
          var request = HTTPRequest(method, path.hasPrefix("/") ? registry.url + path : path)
          request.tls = TLSOptions(caFile: certificates.authority)
          return request
        }
      }
    }
  }

  @Test func otherRequestsKeepOffAStreamsConnection() async throws {
    try await withRegistry { registry, request in
      // Of another transport: the upload's connection is to be the oldest of its own.
      let begun = try await Transport(userAgent: "tagkeeper/test")
        .send(request(.post, "/v2/a/blobs/uploads/"))
      let upload = request(.patch, try #require(begun.headers["Location"]))
      let head = request(.head, "/v2/a/manifests/none")
      let transport = try Transport(userAgent: "tagkeeper/test")
      let source = ScriptedSource { number in
        guard number == 1 else { return number == 0 ? [1, 2] : nil }
        for _ in 0..<3 {
          let status = try await transport.send(head).status
          #expect(status == 404)
        }
        return [3, 4]
      }
      let response = try await transport.upload(upload, from: source, size: 4)
      let next = try #require(response.headers["Location"])
      // Compared by the registry with what arrived.
      let digest = "sha256:9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"
      let stored = try await transport.send(request(.put, "\(next)&digest=\(digest)"))
      #expect(response.status == 202 && stored.status == 201)
      let log = registry.accessLog()
      #expect(log.matches(of: /"HEAD \S+ HTTP\/2\.0" 404/).count == 3)
      #expect(log.contains(/"PATCH \S+ HTTP\/1\.1" 202/))
    }
  }

  @Test func aDeletionIsNotMultiplexed() async throws {
    try await withRegistry { registry, request in
      let transport = try Transport(userAgent: "tagkeeper/test")
      let missing = "/v2/a/manifests/sha256:\(String(repeating: "0", count: 64))"
      for method in [HTTPRequest.Method.get, .delete, .get] {
        let status = try await transport.send(request(method, missing)).status
        #expect(status == 404)
      }
      let log = registry.accessLog()
      #expect(log.matches(of: /"GET \S+ HTTP\/2\.0" 404/).count == 2)
      #expect(log.contains(/"DELETE \S+ HTTP\/1\.1" 404/))
    }
  }
}
