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
    #expect(outcome == expected.naming("127.0.0.1:\(server.port)"))
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
  @Test(arguments: [false, true])
  func whatWasDeletedIsNotPutFromTheCache(isByAnother: Bool) async throws {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, in: repository)
    let client = try RegistryClient(url: registry.url)
    try await client.put(one.digest, to: sibling)
    if isByAnother {
      _ = try await RegistryClient(url: registry.url).deleteManifest(one.digest, in: repository)
    }
    let outcome = try await client.deleteManifest(one.digest, in: repository)
    #expect(outcome == (isByAnother ? .absent : .deleted))
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

  @Test(arguments: [
    (202, "", DeletionOutcome.unsupported("HOST/team/prereqs: a deleted manifest is still there")),
    (
      404, #"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#,
      .unsupported("HOST/team/prereqs: a manifest that was just stored can't be found to delete")
    ),
    (405, unsupported, .unsupported("DELETE HOST/PATH: the registry answered 405 UNSUPPORTED \"no\"")),
    (
      405, "",
      .readOnly(
        "DELETE HOST/PATH: the registry answered 405; it is read-only, or a proxy before it lets no write through"
      )
    ),
  ])
  func theProofFailsWhereAManifestStays(status: Int, body: String, expected: DeletionOutcome) async throws {
    let tombstone = Tombstone.manifest(repository: repository, batch: "proof")
    let server = try ScriptedServer { request in
      switch request.method {
      case "PUT": .response(201)
      case "DELETE": .response(status, body: body)
      default: tombstone.reply
      }
    }
    let client = try RegistryClient(url: server.url)
    #expect(
      try await client.proveManifestDeletion(in: repository, batch: "proof")
        == expected.naming("127.0.0.1:\(server.port)", "v2/team/prereqs/manifests/\(tombstone.digest)"))
  }

  /// Only a lost outcome is looked up: a refusal stands, and a fault that left the manifest does, too.
  @Test(arguments: [
    ("DELETE", 403, false, RegistryError.Kind.denied), ("DELETE", 500, true, .server),
    ("PUT", 403, false, .denied),
  ])
  func theProofBelievesNoFault(
    method: String, status: Int, isThere: Bool, kind: RegistryError.Kind
  ) async throws {
    let tombstone = Tombstone.manifest(repository: repository, batch: "proof")
    let server = try ScriptedServer { request in
      switch request.method {
      case method: .response(status)
      case "PUT": .response(201)
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

extension DeletionOutcome {
  /// With `host` for HOST, and `path` for PATH.
  fileprivate func naming(_ host: String, _ path: String = "") -> Self {
    func named(_ text: String) -> String {
      text.replacing("HOST", with: host).replacing("PATH", with: path)
    }
    return switch self {
    case .unsupported(let text): .unsupported(named(text))
    case .readOnly(let text): .readOnly(named(text))
    case .deleted, .absent: self
    }
  }
}
