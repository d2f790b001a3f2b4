import Model
import Registry
import TestSupport
import Testing

@Suite struct DeletionTests {
  let one = ImagePusher.manifest("one")

  @Test func nativelyTheTagAloneGoes() async throws {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, sibling.tag, in: repository)
    registry.configure { $0.tagDeletion = .native }
    let client = try RegistryClient(url: registry.url)
    #expect(try await client.deleteTag(staging) == .deleted)
    #expect(registry.tags(in: repository) == [sibling.tag])
    #expect(try await client.deleteTag(staging) == .absent)
  }

  /// As some answer to who may not delete.
  @Test(arguments: [RegistryKind.quay, .acr])
  func aTagThatIsStillThereIsNotGone(kind: RegistryKind) async throws {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, in: repository)
    registry.configure { behaviour in
      behaviour.override = {
        $0.method == "DELETE" ? .response(404, body: #"{"errors":[{"code":"NAME_UNKNOWN"}]}"#) : nil
      }
    }
    let client = try RegistryClient(url: registry.url, as: kind)
    let host = try registry.address.authority
    let error = await registryError { _ = try await client.deleteTag(staging) }
    #expect(error?.kind == .unexpected)
    #expect(
      error?.description
        == "\(host)/team/prereqs:alpine-staging: the registry answered 404 to the tag's deletion, and the tag still has "
        + "\(one.digest.short); check what the credentials for \(host) may do")
  }

  private static let unsupported = #"{"errors":[{"code":"UNSUPPORTED","message":"no"}]}"#

  @Test(arguments: [
    (200, "", DeletionOutcome.deleted), (202, "", .deleted), (204, "", .deleted),
    (404, #"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#, .absent),
    (
      405, unsupported,
      .unsupported(
        "DELETE HOST/v2/team/prereqs/manifests/alpine-staging: the registry answered 405 UNSUPPORTED \"no\"")
    ),
    (
      400, unsupported,
      .unsupported(
        "DELETE HOST/v2/team/prereqs/manifests/alpine-staging: the registry answered 400 UNSUPPORTED \"no\"")
    ),
    (
      405, "Method not allowed",
      .readOnly(
        "DELETE HOST/v2/team/prereqs/manifests/alpine-staging: the registry answered 405; it is read-only, or a proxy before it lets no write through"
      )
    ),
    (
      405, "<html>",
      .readOnly(
        "DELETE HOST/v2/team/prereqs/manifests/alpine-staging: the registry answered 405 and a page of HTML; it is read-only, or a proxy before it lets no write through"
      )
    ),
  ])
  func answers(status: Int, body: String, expected: DeletionOutcome) async throws {
    let server = try ScriptedServer { request in
      request.target == "/v2/"
        ? .response(200, body: "{}") : .response(request.method == "HEAD" ? 404 : status, body: body)
    }
    let outcome = try await RegistryClient(url: server.url, as: .quay).deleteTag(staging)
    let host = "127.0.0.1:\(server.port)"
    switch expected {
    case .unsupported(let text): #expect(outcome == .unsupported(text.replacing("HOST", with: host)))
    case .readOnly(let text): #expect(outcome == .readOnly(text.replacing("HOST", with: host)))
    default: #expect(outcome == expected)
    }
  }

  @Test(arguments: [
    (400, #"{"errors":[{"code":"NAME_INVALID"}]}"#, RegistryError.Kind.rejected), (404, "", .unexpected),
    (404, "<html>", .unexpected), (401, "", .unauthorized), (403, unsupported, .denied), (500, "", .server),
    (405, #"{"errors":[{"code":"DENIED"}]}"#, .readOnly),
  ])
  func failures(status: Int, body: String, kind: RegistryError.Kind) async throws {
    let server = try ScriptedServer { _ in .response(status, body: body) }
    let client = try RegistryClient(url: server.url, as: .quay)
    #expect(await registryError { _ = try await client.deleteTag(staging) }?.kind == kind)
  }

  /// From the cache it would come back to life.
  @Test func whatWasDeletedIsNotPutFromTheCache() async throws {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, in: repository)
    let client = try RegistryClient(url: registry.url)
    try await client.put(one.digest, to: sibling)
    #expect(try await client.deleteManifest(one.digest, in: repository) == .deleted)
    let error = await registryError { try await client.put(one.digest, to: sibling) }
    #expect(error?.kind == .missingManifest)
    #expect(registry.tags(in: repository) == [])
  }

  @Test func theProofLeavesNothing() async throws {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, in: repository)
    let client = try RegistryClient(url: registry.url)
    #expect(try await client.proveManifestDeletion(in: repository, batch: "proof") == .deleted)
    #expect(registry.requests.map(\.method) == ["PUT", "DELETE", "HEAD", "GET"])
    #expect(registry.tags(in: repository) == [staging.tag])
  }

  @Test func theProofFailsWhereAManifestStays() async throws {
    let tombstone = Tombstone.manifest(repository: repository, batch: "proof")
    let server = try ScriptedServer { request in
      switch request.method {
      case "PUT": .response(201)
      case "DELETE": .response(202)
      default: tombstone.reply
      }
    }
    let client = try RegistryClient(url: server.url)
    #expect(
      try await client.proveManifestDeletion(in: repository, batch: "proof")
        == .unsupported("127.0.0.1:\(server.port)/team/prereqs: a deleted manifest is still there"))
  }

  /// Only a lost outcome is looked up: a refusal stands, and a fault that left the manifest does, too.
  @Test(arguments: [(403, false, RegistryError.Kind.denied), (500, true, .server)])
  func theProofBelievesNoFault(status: Int, isThere: Bool, kind: RegistryError.Kind) async throws {
    let tombstone = Tombstone.manifest(repository: repository, batch: "proof")
    let server = try ScriptedServer { request in
      switch request.method {
      case "PUT": .response(201)
      case "DELETE": .response(status)
      default:
        if request.path == "/v2/" {
          .response(200, body: "{}")
        } else {
          isThere ? tombstone.reply : .response(404)
        }
      }
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      _ = try await client.proveManifestDeletion(in: repository, batch: "proof")
    }
    #expect(error?.kind == kind)
  }

  @Test func theProofNamesDisabledDeletesAndReadOnly() async throws {
    let registry = try FakeRegistry()
    registry.configure { $0.deletesManifests = false }
    let client = try RegistryClient(url: registry.url)
    guard case .unsupported = try await client.proveManifestDeletion(in: repository, batch: "proof") else {
      Issue.record("deletes are off")
      return
    }
    registry.configure { $0.isReadOnly = true }
    guard case .readOnly = try await client.proveManifestDeletion(in: repository, batch: "proof") else {
      Issue.record("it is read-only")
      return
    }
  }
}
