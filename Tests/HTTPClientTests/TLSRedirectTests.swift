import LinuxSystem
import TestSupport
import Testing

@testable import HTTPClient

/// Two servers of openssl(1) on loopback: one wants the client's certificate and redirects to the other, which tells
/// what certificate it was shown.
@Suite(.timeLimit(.minutes(10))) struct TLSRedirectTests {
  /// Calls `body` with `https://127.0.0.1:PORT` of a server that serves as `mode` says, and ends it afterwards.
  private func withServer(
    _ mode: [String], _ certificates: Certificates, in folder: TemporaryDirectory,
    _ body: (String) async throws -> Void
  ) async throws {
    let log = "server-\(UInt64.random(in: 0 ... .max)).log"
    let arguments = [
      "s_server", "-accept", "127.0.0.1:0", "-CAfile", certificates.authority,
      "-cert", certificates.certificate("server"), "-key", certificates.key("server"),
    ]
    let command = Command(
      "openssl", arguments + mode, environment: ["HOME": folder.path], workingDirectory: folder.path)
    let process = try ChildProcess.start(
      command, output: .file(folder(log)), errorOutput: .file(folder(log + ".errors")))
    do {
      try await body("https://\(try await address(of: process) { (try? folder.read(log)) ?? "" })")
    } catch {
      process.kill()
      _ = await process.wait()
      throw error
    }
    process.kill()
    _ = await process.wait()
  }

  /// s_server(1) tells the port that the kernel chose.
  private func address(of process: ChildProcess, _ log: () -> String) async throws -> Substring {
    while true {
      if let match = log().firstMatch(of: /ACCEPT (127\.0\.0\.1:\d+)\n/) { return match.1 }
      try #require(process.termination == nil, "openssl ended: \(log())")
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  @Test(arguments: [false, true]) func aClientCertificateIsShownAtHomeAlone(isStreamed: Bool) async throws {
    let transport = try Transport(userAgent: "tagkeeper/test")
    try await withTemporaryDirectory { folder in
      let certificates = try await Certificates(in: folder)
      for name in ["server", "client"] { try await certificates.issue(name) }
      /// The certificate that the page of the server without secrets describes.
      func shown(_ url: String) async throws -> String? {
        var request = HTTPRequest(.get, url)
        request.tls = TLSOptions(
          caFile: certificates.authority, clientCertificate: certificates.certificate("client"),
          clientKey: certificates.key("client"))
        var body: [UInt8] = []
        let status: Int
        if isStreamed {
          let download = try await transport.download(request)
          while let piece = try await download.body.next() { body += piece }
          status = download.response.status
        } else {
          let response = try await transport.send(request)
          (status, body) = (response.status, response.body)
        }
        #expect(status == 200)
        let page = String(decoding: body, as: UTF8.self)
        #expect(page.contains("New, TLSv1.3, Cipher is "))
        #expect(page.contains("Client certificate") != page.contains("no client certificate available"))
        return page.firstMatch(of: /Subject: (CN ?= ?\w+)/).map { $0.1.filter { $0 != " " } }
      }
      try await withServer(["-verify", "1", "-www"], certificates, in: folder) { other in
        try folder.write("HTTP/1.0 307 \r\nLocation: /away\r\nContent-Length: 0\r\n\r\n", to: "within")
        try folder.write("HTTP/1.0 307 \r\nLocation: \(other)/\r\nContent-Length: 0\r\n\r\n", to: "away")
        let shownThere = try await shown(other + "/")
        #expect(shownThere == "CN=client")
        try await withServer(["-Verify", "1", "-HTTP"], certificates, in: folder) { home in
          let shownAway = try await shown(home + "/within")
          #expect(shownAway == nil)
        }
      }
    }
  }
}
