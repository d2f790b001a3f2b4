import TestSupport
import Testing

@testable import HTTPClient

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
    let credential = HTTPRequest.Header("Authorization", basicField("bot", testSecret()))
    let response = try await transport.send(HTTPRequest(.get, home.url + "/1", headers: [credential]))
    #expect(response.status == 200 && response.body == Array("there".utf8))
    #expect(response.headers["Location"] == nil)
    #expect(
      home.requests.map { $0.header("Authorization") } == [
        basicField("bot", testSecret()), basicField("bot", testSecret()),
      ])
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

  @Test(arguments: [
    ("https://r.example/2", true), ("https://r.example:444/2", false), ("https://cdn.example/2", false),
    ("https://r.example.cdn.example/2", false),
  ])
  func aClientCertificateStaysAtHome(target: String, isHome: Bool) throws {
    let certificate = TLSOptions(caFile: "ca", clientCertificate: "me", clientKey: "key")
    var request = HTTPRequest(
      .get, "https://r.example/1",
      headers: [.init("Authorization", testSecret("field")), .init("Accept", "y")])
    request.tls = certificate
    var redirects = Redirects(request)
    let answer = HTTPResponse(status: 307, headers: HTTPHeaders([]), body: [], redirectTarget: target)
    #expect(try redirects.follow(answer))
    #expect(redirects.request.url == target && redirects.isRedirected)
    #expect(redirects.request.tls == (isHome ? certificate : TLSOptions(caFile: "ca")))
    #expect(redirects.request.headers.map(\.name) == (isHome ? ["Authorization", "Accept"] : ["Accept"]))
    let away = HTTPResponse(
      status: 307, headers: HTTPHeaders([]), body: [], redirectTarget: "http://r.example/3")
    if isHome { #expect(throws: HTTPError.self) { try redirects.follow(away) } }
  }

  /// As above, with a certificate to show: libcurl follows none of these.
  @Test(arguments: [false, true]) func readsOfWhoShowsACertificate(isStreamed: Bool) async throws {
    let other = try ScriptedServer(replies: [.response(200, body: "there")])
    let otherURL = other.url
    let home = try ScriptedServer { request in
      switch request.target {
      case "/1": .response(307, [("Location", "/2")], body: "moved")
      case "/2": .response(302, [("Location", otherURL + "/3")], body: "moved")
      default: .response(302, [("Location", "/again")])
      }
    }
    func request(_ path: String) -> HTTPRequest {
      var request = HTTPRequest(.get, home.url + path, headers: [.init("Authorization", testSecret("field"))])
      request.tls = TLSOptions(clientCertificate: "me")
      return request
    }
    var body: [UInt8] = []
    let response: HTTPResponse
    if isStreamed {
      let download = try await transport.download(request("/1"))
      while let piece = try await download.body.next() { body += piece }
      response = download.response
    } else {
      response = try await transport.send(request("/1"))
      body = response.body
    }
    #expect(response.status == 200 && response.isRedirected && body == Array("there".utf8))
    #expect(home.requests.map { $0.header("Authorization") } == [testSecret("field"), testSecret("field")])
    #expect(other.requests.map { $0.header("Authorization") } == [nil])
    await #expect { try await transport.send(request("/again")) } throws: {
      ($0 as? HTTPError)?.code == .tooManyRedirects
    }
    #expect(home.requests.count == 2 + 6)
  }
}
