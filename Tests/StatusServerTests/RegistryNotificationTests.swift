import TestSupport
import Testing

@testable import StatusServer

@Suite struct RegistryNotificationTests {
  private func fault(_ values: String...) throws -> String? {
    try HookSecret(testSecret("hook").utf8).fault(
      of: IncomingRequest(
        .post, "/hooks/registry", headers: values.map { (name: "Authorization", value: $0) }))
  }

  @Test func theSecretAloneOrAsABearersIsRight() throws {
    let secret = testSecret("hook")
    #expect(try fault("Bearer \(secret)") == nil)
    #expect(try fault(secret) == nil)
  }

  @Test func anythingElseIsRefused() throws {
    let secret = testSecret("hook")
    for value in [
      "", "Bearer", "Bearer ", "Bearer \(secret)x", "Bearer \(secret.dropLast())", "bearer \(secret)",
      "Bearer  \(secret)", "Basic \(secret)", secret.uppercased(),
    ] {
      #expect(try fault(value) == "Authorization is wrong", "\(value.count)")
    }
    #expect(try fault() == "it has no Authorization")
    #expect(try fault(secret, secret) == "it has more than one Authorization")
  }

  /// As distribution 2.8 and 3 write them, with what is of interest here.
  private func events(_ events: (action: String, agent: String)...) -> [UInt8] {
    let texts = events.map {
      #"{"id": "1", "action": "\#($0.action)", "target": {"tag": "a"}, "request": {"useragent": "\#($0.agent)"}}"#
    }
    return Array(#"{"events": [\#(texts.joined(separator: ","))]}"#.utf8)
  }

  @Test func readingAndOurOwnWritingAreNoNews() {
    func isNews(_ body: [UInt8]) -> Bool { RegistryNotification.isNews(body, besides: "tagkeeper/1") }
    #expect(isNews(events(("push", "docker/28"))) && isNews(events(("delete", "docker/28"))))
    #expect(!isNews(events(("pull", "docker/28"), ("push", "tagkeeper/1"), ("delete", "tagkeeper/1"))))
    #expect(isNews(events(("pull", "docker/28"), ("push", "tagkeeper/1"), ("push", "tagkeeper/10"))))
    // What is not understood may be anything.
    for text in [
      "", "{}", #"{"events": []}"#, #"{"events": [{}]}"#, #"{"type": "PUSH_ARTIFACT"}"#, "[", "\0",
    ] {
      #expect(isNews(Array(text.utf8)), "\(text)")
    }
  }
}
