import Model
import TestSupport
import Testing

@testable import Registry

/// Azure Container Registry as it is documented.
@Suite struct ACRTests {
  private static let path = "/acr/v1/team%2Fprereqs/_tags/alpine-staging"

  private static func attributes(delete: Bool, write: Bool) -> ScriptedReply {
    .response(
      200, [("Content-Type", "application/json")],
      body: """
        {"registry":"contoso.azurecr.io","imageName":"team/prereqs","tag":{"name":"alpine-staging","digest":\
        "sha256:\(String(repeating: "1", count: 64))","createdTime":"2018-09-06T06:17:21.0856539Z",\
        "lastUpdateTime":"2018-09-06T06:17:21.0856539Z","signed":false,"changeableAttributes":{"deleteEnabled":\
        \(delete),"writeEnabled":\(write),"readEnabled":true,"listEnabled":true}}}
        """)
  }

  private static let disallowed =
    #"{"errors":[{"code":"UNSUPPORTED","message":"The operation is disallowed on this registry"}]}"#

  @Test(arguments: [
    (202, "", DeletionOutcome.deleted), (200, "", .deleted), (204, "", .deleted),
    (404, #"{"errors":[{"code":"TAG_UNKNOWN","message":"the specified tag does not exist"}]}"#, .absent),
  ])
  func deletesATagByItsOwnInterface(status: Int, body: String, expected: DeletionOutcome) async throws {
    let server = try ScriptedServer { request in
      request.target == "/v2/" ? .response(200, body: "{}") : .response(status, body: body)
    }
    let client = try RegistryClient(url: server.url, as: .acr)
    #expect(try await client.deleteTag(staging) == expected)
    #expect(server.requests.first.map { "\($0.method) \($0.target)" } == "DELETE \(Self.path)")
    #expect(server.requests.count { $0.method == "DELETE" } == 1)
  }

  @Test(arguments: [
    (405, false, true, "deleteEnabled: false"), (400, true, false, "writeEnabled: false"),
    (409, false, false, "deleteEnabled: false, writeEnabled: false"),
  ])
  func saysThatATagIsLocked(status: Int, delete: Bool, write: Bool, lock: String) async throws {
    let server = try ScriptedServer { request in
      request.method == "DELETE"
        ? .response(status, body: Self.disallowed) : Self.attributes(delete: delete, write: write)
    }
    let client = try RegistryClient(url: server.url, as: .acr)
    let error = await registryError { _ = try await client.deleteTag(staging) }
    #expect(error?.kind == .rejected)
    #expect(
      error?.description == """
        DELETE 127.0.0.1:\(server.port)\(Self.path): the registry answered \(status) UNSUPPORTED "The operation is \
        disallowed on this registry": the tag is locked (\(lock)); unlock it with az acr repository update --image \
        team/prereqs:alpine-staging --delete-enabled true --write-enabled true
        """)
    #expect(server.requests.map(\.method) == ["DELETE", "GET"])
    #expect(Set(server.requests.map(\.target)) == [Self.path])
  }

  @Test(arguments: [
    Self.attributes(delete: true, write: true), .response(401), .response(200, body: "<html>"), .reset,
  ])
  func guessesNoLock(attributes: ScriptedReply) async throws {
    let server = try ScriptedServer { request in
      request.method == "DELETE"
        ? .response(403, body: #"{"errors":[{"code":"DENIED","message":"no"}]}"#) : attributes
    }
    let client = try RegistryClient(url: server.url, as: .acr)
    let error = await registryError { _ = try await client.deleteTag(staging) }
    #expect(error?.kind == .denied)
    let host = "127.0.0.1:\(server.port)"
    #expect(
      error?.description
        == "DELETE \(host)\(Self.path): the registry answered 403 DENIED \"no\"; check what the credentials for \(host) may do"
    )
  }

  @Test func aDeletionWaitsForItsTurnAndIsCancelledThere() async throws {
    let server = try ScriptedServer { _ in .response(202) }
    let client = try RegistryClient(url: server.url, as: .acr)
    // The turn before is an hour from now.
    _ = client.deletionPace.delay(at: .now + .seconds(3600))
    let deletion = Task { _ = try await client.deleteTag(staging) }
    deletion.cancel()
    let error = await registryError { try await deletion.value }
    #expect(error?.kind == .cancelled)
    #expect(error?.description == "cancelled before team/prereqs:alpine-staging was deleted")
    #expect(server.requests.isEmpty)
  }

  @Test(arguments: [(404, "<html>"), (200, "<html>"), (500, ""), (429, "")])
  func everythingElseIsAnError(status: Int, body: String) async throws {
    let server = try ScriptedServer { _ in .response(status, body: body) }
    let client = try RegistryClient(url: server.url, as: .acr)
    #expect(await registryError { _ = try await client.deleteTag(staging) } != nil)
    #expect(server.requests.count == 1)
  }
}
