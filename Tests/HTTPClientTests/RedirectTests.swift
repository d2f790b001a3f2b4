import HTTPClient
import Testing
import TestSupport

@Suite struct RedirectTests {
  let transport: Transport

  init() throws { transport = try Transport(userAgent: "tagkeeper/test") }

  @Test func aReadFollowsAndKeepsTheCredentialOnlyAtHome() async throws {
    let other = try ScriptedServer(replies: [.response(200, body: "there")])
    let otherURL = other.url
    let home = try ScriptedServer { request in
      request.target == "/1"
        ? .response(307, [("Location", "/2")]) : .response(302, [("Location", otherURL + "/3")])
    }
    let credential = HTTPRequest.Header("Authorization", "Basic c2VjcmV0")
    let response = try await transport.send(HTTPRequest(.get, home.url + "/1", headers: [credential]))
    #expect(response.status == 200 && response.body == Array("there".utf8))
    #expect(response.headers["Location"] == nil)
    #expect(home.requests.map { $0.header("Authorization") } == ["Basic c2VjcmV0", "Basic c2VjcmV0"])
    #expect(other.requests.map(\.target) == ["/3"])
    #expect(other.requests[0].header("Authorization") == nil)
  }

  @Test func aWriteDoesNot() async throws {
    let server = try ScriptedServer { _ in .response(307, [("Location", "/2")]) }
    for method in [HTTPRequest.Method.put, .delete, .post] {
      let response = try await transport.send(HTTPRequest(method, server.url + "/1", body: [1]))
      #expect(response.status == 307)
    }
    #expect(server.requests.map(\.target) == ["/1", "/1", "/1"])
  }

  @Test func fiveAtMost() async throws {
    let server = try ScriptedServer { _ in .response(302, [("Location", "/again")]) }
    await #expect { try await transport.send(HTTPRequest(.head, server.url + "/")) } throws: {
      ($0 as? HTTPError)?.code == .tooManyRedirects
    }
    #expect(server.requests.count == 6)
  }

  @Test func notToAnotherProtocol() async throws {
    let server = try ScriptedServer(replies: [.response(302, [("Location", "file:///etc/passwd")])])
    await #expect { try await transport.send(HTTPRequest(.get, server.url + "/")) } throws: {
      ($0 as? HTTPError)?.code == .redirectRefused
    }
  }
}
