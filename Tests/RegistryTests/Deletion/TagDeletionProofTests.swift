import Model
import Registry
import Synchronization
import TestSupport
import Testing

/// Nothing that other tags need dies with a tag, whatever the registry makes of its deletion.
@Suite struct TagDeletionProofTests {
  let one = ImagePusher.manifest("one")
  static let proofPath = "/v2/team/prereqs/manifests/tagkeeper-deletion-proof"

  private func registry(_ deletion: FakeRegistry.Behaviour.TagDeletion) throws -> FakeRegistry {
    let registry = try FakeRegistry()
    registry.store(one, as: staging.tag, sibling.tag, in: repository)
    registry.configure { $0.tagDeletion = deletion }
    return registry
  }

  private func log(_ registry: FakeRegistry) -> [String] {
    registry.requests.map { "\($0.method) \($0.path.split(separator: "/").last!.prefix(24))" }
  }

  @Test func aTagIsDeletedOnceOneOfOurOwnWasAndItsManifestStayed() async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    #expect(try await client.deleteTag(staging) == .deleted)
    #expect(try await client.deleteTag(sibling) == .deleted)
    let tombstone = "sha256:" + Tombstone.manifest(repository: repository, batch: "tag deletion").digest.hex
    #expect(
      log(registry) == [
        "HEAD tagkeeper-deletion-proof", "GET v2", "DELETE tagkeeper-deletion-proof",
        "PUT tagkeeper-deletion-proof", "DELETE tagkeeper-deletion-proof", "HEAD tagkeeper-deletion-proof",
        "HEAD \(tombstone.prefix(24))", "DELETE \(tombstone.prefix(24))", "DELETE alpine-staging",
        "DELETE alpine-sibling",
      ])
    #expect(registry.tags(in: repository) == [])
  }

  @Test(arguments: [
    (FakeRegistry.Behaviour.TagDeletion.unsupported, "405 UNSUPPORTED \"scripted\""),
    (.digestInvalid, "400 DIGEST_INVALID \"scripted\""),
  ])
  func aRegistryThatDeletesNoTagsSaysSoBeforeAnythingIsWritten(
    deletion: FakeRegistry.Behaviour.TagDeletion, answer: String
  ) async throws {
    let registry = try registry(deletion)
    let client = try RegistryClient(url: registry.url)
    let host = try registry.address.authority
    #expect(
      try await client.deleteTag(staging)
        == .unsupported("DELETE \(host)\(Self.proofPath): the registry answered \(answer)"))
    #expect(
      log(registry) == ["HEAD tagkeeper-deletion-proof", "GET v2", "DELETE tagkeeper-deletion-proof"])
  }

  /// What Amazon ECR documents of the last tag, and other registries do with any.
  @Test(arguments: [RegistryKind.other, .ecr, .ecrPublic, .artifactory, .harbor])
  func whereAManifestGoesWithItsTagNoTagOfAnImageIsDeletedSo(kind: RegistryKind) async throws {
    let registry = try registry(.withManifest)
    let client = try RegistryClient(url: registry.url, as: kind)
    let host = try registry.address.authority
    #expect(
      try await client.deleteTag(staging)
        == .unsupported("\(host)/team/prereqs: the registry deletes a tag's manifest with the tag"))
    #expect(registry.tags(in: repository) == [sibling.tag, staging.tag])
    #expect(await client.observe(staging) == .present(one.digest))
    #expect(!registry.requests.contains { $0.method == "DELETE" && $0.path.hasSuffix("alpine-staging") })
  }

  @Test func aFaultProvesNothingAndTheNextCallTriesAgain() async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    registry.configure { behaviour in
      behaviour.override = { request in
        request.method == "PUT"
          ? .response(400, body: #"{"errors":[{"code":"TAG_INVALID","message":"immutable"}]}"#) : nil
      }
    }
    let error = await registryError { _ = try await client.deleteTag(staging) }
    let host = try registry.address.authority
    #expect(error?.kind == .rejected)
    #expect(
      error?.description
        == "\(host)/team/prereqs: whether deleting a tag leaves its manifest could not be tried: "
        + "PUT \(host)\(Self.proofPath): the registry answered 400 TAG_INVALID \"immutable\"")
    registry.configure { $0.override = nil }
    #expect(try await client.deleteTag(staging) == .deleted)
  }

  /// As a registry without that route answers.
  @Test func a405WithoutAnErrorIsToldFromAReadOnlyRegistry() async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    registry.configure { behaviour in
      behaviour.override = { request in
        request.method == "DELETE" ? .response(405, body: "Method Not Allowed") : nil
      }
    }
    let host = try registry.address.authority
    let answer =
      "DELETE \(host)\(Self.proofPath): the registry answered 405; it is read-only, or a proxy before it lets no write through"
    #expect(try await client.deleteTag(staging) == .unsupported(answer))
    registry.configure { $0.override = nil }
    registry.configure { $0.isReadOnly = true }
    #expect(try await client.deleteTag(staging) == .readOnly(answer))
  }

  @Test(arguments: ["HEAD", "PUT"]) func afterA405AFaultProvesNothing(method: String) async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    registry.configure { behaviour in
      behaviour.override = { request in
        switch request.method {
        case "DELETE": .response(405)
        case method: .response(403)
        default: nil
        }
      }
    }
    let error = await registryError { _ = try await client.deleteTag(staging) }
    let host = try registry.address.authority
    let tombstone = Tombstone.manifest(repository: repository, batch: "tag deletion").digest
    let path = method == "HEAD" ? Self.proofPath : "/v2/team/prereqs/manifests/\(tombstone)"
    #expect(error?.kind == .denied)
    #expect(
      error?.description
        == "\(host)/team/prereqs: whether deleting a tag leaves its manifest could not be tried: "
        + "\(method) \(host)\(path): the registry answered 403; check what the credentials for \(host) may do"
    )
  }

  /// The tombstone that told a missing route from a read-only registry does not stay.
  @Test func nothingStaysWhereOnlyTagsAreNotDeleted() async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    registry.configure { behaviour in
      behaviour.override = {
        $0.method == "DELETE" && $0.path == Self.proofPath ? .response(405) : nil
      }
    }
    guard case .unsupported = try await client.deleteTag(staging) else {
      Issue.record("no tag can be deleted")
      return
    }
    let tombstone = "sha256:" + Tombstone.manifest(repository: repository, batch: "tag deletion").digest.hex
    #expect(
      log(registry) == [
        "HEAD tagkeeper-deletion-proof", "GET v2", "DELETE tagkeeper-deletion-proof",
        "PUT \(tombstone.prefix(24))", "DELETE \(tombstone.prefix(24))",
      ])
  }

  @Test func whereTheFirstDeletionIsRefusedNothingIsWritten() async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    registry.configure { behaviour in
      behaviour.override = { $0.method == "DELETE" ? .response(403) : nil }
    }
    #expect(await registryError { _ = try await client.deleteTag(staging) }?.kind == .denied)
    #expect(
      log(registry) == ["HEAD tagkeeper-deletion-proof", "GET v2", "DELETE tagkeeper-deletion-proof"])
  }

  /// The second answer is that of a registry without the route.
  @Test(arguments: [
    (
      #"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#,
      "HOST/team/prereqs: a tag that was just written can't be found to delete" as String?
    ), ("404 page not found", nil),
  ])
  func aTagOfOursThatIsNotFoundIsNoProof(body: String, reason: String?) async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    let host = try registry.address.authority
    registry.configure { behaviour in
      behaviour.override = { request in
        request.method == "DELETE" && request.path == Self.proofPath ? .response(404, body: body) : nil
      }
    }
    if let reason {
      #expect(
        try await client.deleteTag(staging) == .unsupported(reason.replacing("HOST", with: host)))
    } else {
      let error = await registryError { _ = try await client.deleteTag(staging) }
      #expect(
        error?.description
          == "\(host)/team/prereqs: whether deleting a tag leaves its manifest could not be tried: "
          + "DELETE \(host)\(Self.proofPath): the registry answered 404")
    }
    // With the tombstone went the tag.
    #expect(registry.tags(in: repository) == [sibling.tag, staging.tag])
  }

  @Test func aTagThatIsNotThereMayAnswerAnything() async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    let isFirst = Atomic(true)
    registry.configure { behaviour in
      behaviour.override = { request in
        request.method == "DELETE" && isFirst.exchange(false, ordering: .relaxed)
          ? .response(404, body: "no such tag") : nil
      }
    }
    #expect(try await client.deleteTag(staging) == .deleted)
    #expect(registry.tags(in: repository) == [sibling.tag])
  }

  /// A proxy, or a registry that only marks it.
  @Test func aDeletionThatLeavesTheTagIsNone() async throws {
    let registry = try registry(.native)
    registry.configure { $0.override = { $0.method == "DELETE" ? .response(202) : nil } }
    let client = try RegistryClient(url: registry.url)
    let host = try registry.address.authority
    let error = await registryError { _ = try await client.deleteTag(staging) }
    #expect(
      error?.description
        == "\(host)/team/prereqs: whether deleting a tag leaves its manifest could not be tried: "
        + "the registry said that it deleted the tag tagkeeper-deletion-proof, which is still there")
    #expect(!registry.requests.contains { $0.method == "DELETE" && $0.path.hasSuffix("alpine-staging") })
  }

  @Test func aTagThatIsCalledLikeOursIsLeft() async throws {
    let registry = try registry(.native)
    let proof = tag("tagkeeper-deletion-proof")
    let theirs = ImagePusher.manifest("theirs")
    registry.store(theirs, as: proof.tag, in: repository)
    let client = try RegistryClient(url: registry.url)
    #expect(
      try await client.deleteTag(staging)
        == .unsupported(
          "\(registry.address.authority)/team/prereqs: whether deleting a tag leaves its manifest is tried on the tag "
            + "tagkeeper-deletion-proof, which somebody made of \(theirs.digest.short): remove it"))
    #expect(await client.observe(proof) == .present(theirs.digest))
    #expect(!registry.requests.contains { $0.method == "DELETE" || $0.method == "PUT" })
  }

  /// A process that was killed in the middle of it.
  @Test func whatAnEarlierTryLeftIsNoStranger() async throws {
    let registry = try registry(.native)
    let proof = tag("tagkeeper-deletion-proof")
    registry.store(
      Tombstone.manifest(repository: repository, batch: "tag deletion"), as: proof.tag, in: repository)
    #expect(try await RegistryClient(url: registry.url).deleteTag(staging) == .deleted)
    #expect(registry.tags(in: repository) == [sibling.tag])
  }

  @Test func deletionsAtOnceShareOneProof() async throws {
    let registry = try registry(.native)
    let client = try RegistryClient(url: registry.url)
    let tags = (0..<12).map { tag("tag-\($0)") }
    for tag in tags { registry.store(one, as: tag.tag, in: repository) }
    try await withThrowingTaskGroup(of: DeletionOutcome.self) { group in
      for tag in tags { group.addTask { try await client.deleteTag(tag) } }
      for try await outcome in group { #expect(outcome == .deleted) }
    }
    #expect(registry.requests.count { $0.method == "PUT" } == 1)
    #expect(registry.tags(in: repository) == [sibling.tag, staging.tag])
  }
}
