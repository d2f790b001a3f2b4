import Glibc
import LinuxSystem
import Model
import Registry
import Synchronization
import TestSupport
import Testing

/// What dies with a tag, and what must not.
struct TagDeletionTests {
  @Test(.timeLimit(.minutes(10)), arguments: RegistryKind.expected)
  func siblingsReferrersAndFallbackTagsSurvive(_ kind: RegistryKind) async throws {
    try await withDeployment(on: kind) { deployment, _ in
      let (oci, docker, index) = try await deployment.pushEveryKind()
      let signature = try await deployment.pushReferrer(to: oci)
      let fallback = "sha256-\(oci.digest.description.dropFirst(7))"
      try await deployment.put(ImagePusher.index(of: [signature]), at: fallback)
      try await deployment.put(oci, at: "theirs")
      try await deployment.declare(["a": oci.digest, "b": oci.digest, "c": docker.digest, "d": index.digest])
      _ = try await deployment.apply()

      try await deployment.declare(["b": oci.digest])
      let deleted = try await deployment.apply()
      #expect(deleted.status == 0)
      #expect(
        deleted.lines == [
          "delete a-latest (prune): applied", "delete c-latest (prune): applied",
          "delete d-latest (prune): applied",
        ])
      try await deployment.expect([
        "b-latest": oci, "theirs": oci, fallback: ImagePusher.index(of: [signature]),
      ])
      for manifest in [oci, docker, index, signature] {
        #expect(try await deployment.has(manifest))
      }
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: RegistryKind.expected)
  func whereTheRegistryDeletesNothingTheTagIsHeldAndTheRestGoesOn(_ kind: RegistryKind) async throws {
    try await withDeployment(on: kind, deletes: false) { deployment, _ in
      let (oci, docker, index) = try await deployment.pushEveryKind()
      try await deployment.declare(["a": oci.digest, "b": docker.digest])
      _ = try await deployment.apply()
      try await deployment.declare(["a": index.digest])
      let held = try await deployment.apply()
      #expect(held.status == 1)
      #expect(held.lines == ["move a-latest (commit): applied", "held b-latest (prune): not tried"])
      let reason = try #require(held.reason("b-latest"))
      #expect(
        reason.hasPrefix("the registry deletes no tags, and its manifests can't be deleted: DELETE "),
        "\(reason)")
      #expect(reason.contains("405 UNSUPPORTED"), "\(reason)")
      try await deployment.expect(["a-latest": index, "b-latest": docker])
    }
  }

  /// 225 tags is what one cleaning of the field's largest repository took away.
  @Test(.timeLimit(.minutes(10)), arguments: RegistryKind.expected)
  func manyDeletionsLeaveNothingDanglingAndNothingOfAnotherClientIsLost(_ kind: RegistryKind) async throws {
    try await withDeployment(on: kind) { deployment, _ in
      let images = try await deployment.pushVariants(225, of: "ours")
      let kept = try await deployment.push("kept")
      let theirs = try await deployment.pushVariants(3, of: "theirs")
      var declared = ["kept": kept]
      for (number, image) in images.enumerated() { declared["old-\(number)"] = image.digest }
      try await deployment.declare(declared)
      #expect(try await deployment.apply().status == 0)

      try await deployment.declare(["kept": kept], message: "Clean up\n\nTagkeeper-Allow: prune")
      let isOver = Atomic(false)
      let (client, team) = (deployment.registry, deployment.team)
      async let pushed = keepPushing(theirs, with: client, to: team) { isOver.load(ordering: .relaxed) }
      let deleted = try await deployment.apply()
      isOver.store(true, ordering: .relaxed)
      var expected = try await pushed
      expected["kept-latest"] = kept

      #expect(deleted.status == 0)
      #expect(deleted.lines.count == 225)
      #expect(Set(deleted.changes.map { "\($0.action) \($0.outcome ?? "")" }) == ["delete applied"])
      let tags = try await deployment.tags()
      let wrong = Set(tags.keys).union(expected.keys).filter { tags[$0] != expected[$0] }
      #expect(wrong.isEmpty, "\(wrong.map { ($0, tags[$0], expected[$0]) })")
    }
  }

  /// Its own deletion would take every tag of the digest along, and what a rollback needs.
  @Test(.timeLimit(.minutes(10))) func aRegistryThatDeletesAManifestWithItsTagGetsTombstones() async throws {
    try await withScriptedDeployment { deployment, registry in
      registry.configure { $0.tagDeletion = .withManifest }
      let (oci, docker, _) = try await deployment.pushEveryKind()
      try await deployment.put(oci, at: "theirs")
      try await deployment.declare(["a": oci.digest, "b": oci.digest, "c": docker.digest])
      _ = try await deployment.apply()
      try await deployment.declare(["b": oci.digest])
      let deleted = try await deployment.apply()
      #expect(deleted.status == 0)
      #expect(deleted.lines == ["delete a-latest (prune): applied", "delete c-latest (prune): applied"])
      try await deployment.expect(["b-latest": oci, "theirs": oci])
      #expect(try await deployment.has(docker))
    }
  }

  /// A killed daemon's batch is ended by whoever comes next; `apply` has no other place to tell of it.
  @Test(.timeLimit(.minutes(10))) func whatADaemonThatDiedWasDeletingIsTold() async throws {
    try await withScriptedDeployment { deployment, registry in
      registry.configure { $0.tagDeletion = .withManifest }
      let (oci, docker, _) = try await deployment.pushEveryKind()
      try await deployment.declare(["a": oci.digest, "b": docker.digest])
      _ = try await deployment.apply()
      let gate = Gate()
      let deletions = Atomic(0)
      registry.configure {
        $0.gate = { request in
          // The first four show how deletions work.
          guard request.method == "DELETE" else { return nil }
          return deletions.wrappingAdd(1, ordering: .relaxed).newValue > 4 ? gate : nil
        }
      }
      try await deployment.declare(["a": oci.digest], message: "Remove\n\nTagkeeper-Allow: prune")
      let daemon = try deployment.startDaemon()
      try await until { deletions.load(ordering: .relaxed) == 5 }
      daemon.signal(SIGKILL)
      _ = await daemon.wait()
      gate.open()
      registry.configure { $0.gate = nil }
      let finished = try await deployment.tagkeeper("apply", "--log-format", "json")
      #expect(finished.status == 0)
      let told = finished.errors.split(separator: "\n")
      #expect(
        told.count == 1 && told[0].contains(#""event":"change","message":"deleted team/app:b-latest"#),
        "\(told)")
      try await deployment.expect(["a-latest": oci])
    }
  }

  /// What the test above meets by chance: the proof and the deletion are both made, and both answered 500.
  @Test(.timeLimit(.minutes(10))) func aDeletionThatIsMadeHalfwayIsFinished() async throws {
    try await withScriptedDeployment { deployment, registry in
      let (oci, docker, index) = try await deployment.pushEveryKind()
      try await deployment.declare(["a": oci.digest, "b": docker.digest, "kept": index.digest])
      _ = try await deployment.apply()
      try await deployment.declare(["kept": index.digest])
      registry.configure { $0.halfDeletions = 2 }
      let deleted = try await deployment.apply()
      #expect(deleted.status == 0)
      #expect(deleted.lines == ["delete a-latest (prune): applied", "delete b-latest (prune): applied"])
      try await deployment.expect(["kept-latest": index])
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: RegistryKind.expected)
  func aTagThatSomebodyMovesBeforeItsDeletionIsHeld(_ kind: RegistryKind) async throws {
    try await withDeployment(on: kind) { deployment, registry in
      let (oci, docker, index) = try await deployment.pushEveryKind()
      try await deployment.declare(["a": oci.digest, "b": docker.digest, "kept": index.digest])
      _ = try await deployment.apply()
      try await deployment.declare(["kept": index.digest])
      try await deployment.push("theirs")
      let theirs = ImagePusher.manifest("theirs")

      // The first HEAD makes the plan, the second comes just before the deletion.
      let tag = try TagName("a-latest")
      let heads = Atomic(0)
      let proxy = try RegistryProxy(to: registry.address, over: deployment.transport) {
        [client = deployment.registry, team = deployment.team] request in
        guard request.method == "HEAD", request.path.hasSuffix("/a-latest") else { return }
        guard heads.wrappingAdd(1, ordering: .relaxed).newValue == 2 else { return }
        _ = try await client.putManifest(theirs, to: .tag(tag), in: team)
      }
      try deployment.configure(proxy.address)
      let held = try await deployment.apply()
      #expect(held.status == 1)
      #expect(held.lines == ["held a-latest (prune): not tried", "delete b-latest (prune): applied"])
      #expect(
        held.reason("a-latest") == "somebody moved the tag to \(theirs.digest.short): delete it by hand")
      try await deployment.expect(["a-latest": theirs, "kept-latest": index])
    }
  }

  /// The tag had its tombstone already; only where there are tombstones.
  @Test(
    .timeLimit(.minutes(10)), .enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)),
    .disabled(if: RealRegistry.deletesTags, Comment(rawValue: RealRegistry.deletion)))
  func aTagThatSomebodyMovesOffItsTombstoneIsTheirs() async throws {
    try await withDeployment(on: .distribution) { deployment, registry in
      let (oci, docker, index) = try await deployment.pushEveryKind()
      try await deployment.declare(["a": oci.digest, "b": docker.digest, "kept": index.digest])
      _ = try await deployment.apply()
      try await deployment.declare(["kept": index.digest])
      try await deployment.push("theirs")
      let theirs = ImagePusher.manifest("theirs")

      // The first deletion of a digest proves that the registry can, the second is the tombstone's.
      let tag = try TagName("a-latest")
      let deletions = Atomic(0)
      let proxy = try RegistryProxy(to: registry.address, over: deployment.transport) {
        [client = deployment.registry, team = deployment.team] request in
        guard request.method == "DELETE", request.path.contains("/manifests/sha256:") else { return }
        guard deletions.wrappingAdd(1, ordering: .relaxed).newValue == 2 else { return }
        _ = try await client.putManifest(theirs, to: .tag(tag), in: team)
      }
      try deployment.configure(proxy.address)
      let held = try await deployment.apply()
      #expect(held.status == 1)
      #expect(held.lines == ["held a-latest (prune): not tried", "delete b-latest (prune): applied"])
      #expect(
        held.reason("a-latest")
          == "somebody moved the tag to \(theirs.digest.short) meanwhile: it is left")
      try await deployment.expect(["a-latest": theirs, "kept-latest": index])
    }
  }
}

/// Pushes new tags, and moves old ones, four at a time until told to stop; what each tag was given last.
private func keepPushing(
  _ manifests: [Manifest], with client: RegistryClient, to repository: RepositoryName,
  until isOver: @escaping @Sendable () -> Bool
) async throws -> [String: Digest] {
  try await withThrowingTaskGroup(of: [String: Digest].self) { group in
    for pusher in 0..<4 {
      group.addTask {
        var pushed: [String: Digest] = [:]
        var number = 0
        repeat {
          let tag = "theirs-\(pusher)-\(number % 10)"
          let manifest = manifests[number % manifests.count]
          _ = try await client.putManifest(manifest, to: .tag(try TagName(tag)), in: repository)
          pushed[tag] = manifest.digest
          number += 1
        } while !isOver()
        return pushed
      }
    }
    return try await group.reduce(into: [:]) { all, pushed in all.merge(pushed) { $1 } }
  }
}

extension Deployment {
  /// Pushes by digest an image that names `subject` as its subject, as a signature does (OCI image-spec, "Image
  /// Manifest").
  fileprivate func pushReferrer(to subject: Manifest) async throws -> Manifest {
    try await push("signature")
    let image = ImagePusher.manifest("signature")
    let field =
      #","subject":{"mediaType":"\#(subject.mediaType.rawValue)","size":\#(subject.bytes.count),"digest":"\#(subject.digest)"}}"#
    let referrer = Manifest(bytes: image.bytes.dropLast() + Array(field.utf8), mediaType: image.mediaType)
    _ = try await registry.putManifest(referrer, to: .digest(referrer.digest), in: team)
    return referrer
  }
}
