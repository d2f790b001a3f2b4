import Model
import TestSupport
import Testing

@testable import StatusServer

@Suite struct GitSignaturesTests {
  /// A request by the documented examples: GitHub's "Validating webhook deliveries", and the reference libraries' tests of
  /// Standard Webhooks, whose time is `now`.
  private enum Example {
    static let text = "It's a Secret to Everybody"
    static let body = "Hello, World!"
    static let hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    static let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let keyedBody = #"{"test": 2432232314}"#
    static let base64 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    static let time: Int64 = 1_614_265_330
    static let standard = [
      ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "\(time)"),
      ("webhook-signature", base64),
    ]
  }

  private func fault(
    _ headers: [(String, String)], secret: String = Example.text, body: String = Example.body,
    now: Int64 = Example.time
  ) throws -> String? {
    let request = IncomingRequest(
      .post, "/hooks/git", headers: headers.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8))
    return GitSignatures(secret: try HookSecret(secret.utf8), now: Timestamp(seconds: now)).fault(of: request)
  }

  private func standardFault(_ headers: [(String, String)] = Example.standard, now: Int64 = Example.time)
    throws
    -> String?
  {
    try fault(headers, secret: Example.key, body: Example.keyedBody, now: now)
  }

  @Test(arguments: [
    ("X-Hub-Signature-256", "sha256=" + Example.hex), ("x-hub-signature-256", "sha256=" + Example.hex),
    ("X-Gitea-Signature", Example.hex), ("X-Forgejo-Signature", Example.hex),
    ("X-Gitlab-Token", Example.text),
  ])
  func eachFormIsRight(_ name: String, _ value: String) throws {
    #expect(try fault([(name, value)]) == nil)
  }

  @Test func formsMayStandTogether() throws {
    let headers = [
      ("X-Hub-Signature-256", "sha256=" + Example.hex), ("X-Gitea-Signature", Example.hex),
      ("X-Forgejo-Signature", Example.hex), ("X-Hub-Signature", "sha1=0"), ("X-Gogs-Signature", "0"),
    ]
    #expect(try fault(headers) == nil)
    for index in 0..<3 {
      var headers = headers
      headers[index].1 = String(headers[index].1.dropLast()) + "0"
      #expect(try fault(headers) == "\(headers[index].0) is wrong")
    }
    // A second field of a name that is right.
    #expect(try fault(headers + [("X-Gitea-Signature", "")]) == "X-Gitea-Signature is wrong")
  }

  @Test func withoutASignatureItIsNobodys() throws {
    #expect(try fault([]) == "it has no signature")
    #expect(
      try fault([("X-Hub-Signature", "sha1=" + Example.hex), ("Authorization", Example.text)])
        == "it has no signature")
  }

  @Test(arguments: [
    "", "sha256=", "sha256", Example.hex, "sha256=\(Example.hex.uppercased())", "SHA256=\(Example.hex)",
    "sha256=\(Example.hex.dropLast())", "sha256=\(Example.hex)0", "sha256=\(Example.hex) ",
    "sha1=\(Example.hex)", "sha1=\(Example.hex.prefix(40))", "sha256=\(Example.hex),sha256=\(Example.hex)",
    "sha256=\(String(repeating: "0", count: 64))", "sha256= \(Example.hex)",
    "sha256=\(Example.hex.dropLast())8",
  ])
  func aWrongGitHubSignatureIsRefused(_ value: String) throws {
    #expect(try fault([("X-Hub-Signature-256", value)]) == "X-Hub-Signature-256 is wrong")
  }

  @Test(arguments: [
    "", "sha256=\(Example.hex)", Example.hex.uppercased(), "\(Example.hex)0", String(Example.hex.dropLast()),
  ])
  func aWrongGiteaSignatureIsRefused(_ value: String) throws {
    for name in ["X-Gitea-Signature", "X-Forgejo-Signature"] {
      #expect(try fault([(name, value)]) == "\(name) is wrong")
    }
  }

  @Test(arguments: ["", "It's a Secret to Everybod", "It's a Secret to Everybody ", Example.hex])
  func aWrongTokenIsRefused(_ value: String) throws {
    #expect(try fault([("X-Gitlab-Token", value)]) == "X-Gitlab-Token is wrong")
  }

  @Test func anotherBodyOrSecretIsRefused() throws {
    let headers = [("X-Hub-Signature-256", "sha256=" + Example.hex)]
    for body in ["Hello, World", "Hello, World!\n", "hello, World!", ""] {
      #expect(try fault(headers, body: body) != nil, "\(body)")
    }
    #expect(try fault(headers, secret: testSecret("hook")) != nil)
  }

  @Test func aStandardWebhookIsRight() throws {
    #expect(try standardFault() == nil)
    // Several signatures, as while a key is replaced; those of other kinds say nothing.
    var headers = Example.standard
    headers[2].1 = "v1a,AAAA v1,AAAA \(Example.base64)"
    #expect(try standardFault(headers) == nil)
    for distance: Int64 in [-300, 300] { #expect(try standardFault(now: Example.time + distance) == nil) }
  }

  @Test func anOldOrEarlyOneIsRefused() throws {
    let said = "webhook-timestamp is more than 5 minutes from this machine's clock"
    for distance: Int64 in [-301, 301, 86_400] {
      #expect(try standardFault(now: Example.time + distance) == said)
    }
    for time in ["", "-1614265330", "1614265330.5", "+1614265330", "0x6037bfb2", "99999999999999999999"] {
      var headers = Example.standard
      headers[1].1 = time
      #expect(try standardFault(headers) == said, "\(time)")
    }
  }

  @Test func aWrongStandardWebhookIsRefused() throws {
    for value in [
      "", "v1,", "v1", String(Example.base64.dropFirst(3)), "v2" + Example.base64.dropFirst(2),
      "v1a" + Example.base64.dropFirst(2), String(Example.base64.dropLast()), Example.base64 + "=",
      Example.base64.uppercased(), "v1," + Example.hex,
    ] {
      var headers = Example.standard
      headers[2].1 = value
      #expect(try standardFault(headers) == "webhook-signature is wrong", "\(value)")
    }
    // What is signed is not only the body.
    for index in 0...1 {
      var headers = Example.standard
      headers[index].1 = String(headers[index].1.dropLast()) + "1"
      #expect(try standardFault(headers) == "webhook-signature is wrong")
    }
    let incomplete = "not each of webhook-id, webhook-timestamp, webhook-signature is there once"
    for index in 0...2 {
      var headers = Example.standard
      let removed = headers.remove(at: index)
      #expect(try standardFault(headers) == incomplete)
      #expect(try standardFault(Example.standard + [removed]) == incomplete)
    }
    // The base64 is no secret of its own, and a secret without whsec_ is no key.
    #expect(
      try fault(Example.standard, body: Example.keyedBody)?.hasPrefix("webhook-signature takes") == true)
  }
}
