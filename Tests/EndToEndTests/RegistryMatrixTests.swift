import Model
import Registry
import TestSupport
import Testing

/// What `apply` makes of a registry that deletes tags itself, and of one that needs tombstones: the same.
struct RegistryMatrixTests {
  @Test(.timeLimit(.minutes(10)), arguments: RegistryKind.expected)
  func everyKindOfImageIsCreatedMovedRevertedAndDeleted(_ kind: RegistryKind) async throws {
    try await withDeployment(on: kind) { deployment, _ in
      let (oci, docker, index) = try await deployment.pushEveryKind()
      try await deployment.declare(["a": oci.digest, "b": docker.digest, "c": index.digest])
      #expect(
        try await deployment.apply().lines == [
          "create a-latest (commit): applied", "create b-latest (commit): applied",
          "create c-latest (commit): applied",
        ])
      try await deployment.expect(["a-latest": oci, "b-latest": docker, "c-latest": index])

      let tip = try await deployment.declare(["a": docker.digest, "b": index.digest, "c": oci.digest])
      let moves = try await deployment.plan()
      #expect(moves.status == 2)
      #expect(moves.changes.map(\.to) == [docker, index, oci].map { $0.digest.description })
      try await deployment.expect(["a-latest": oci, "b-latest": docker, "c-latest": index])
      let moved = try await deployment.apply()
      #expect(moved.status == 0)
      #expect(moved.error == nil)
      #expect(moved.commit == tip.description)
      #expect(
        moved.lines == [
          "move a-latest (commit): applied", "move b-latest (commit): applied",
          "move c-latest (commit): applied",
        ])
      try await deployment.expect(["a-latest": docker, "b-latest": index, "c-latest": oci])

      try await deployment.git.revert("HEAD")
      let reverted = try await deployment.apply()
      #expect(reverted.lines == moved.lines, "\(reverted)")
      try await deployment.expect(["a-latest": oci, "b-latest": docker, "c-latest": index])

      try await deployment.declare(["a": oci.digest, "b": docker.digest])
      #expect(try await deployment.apply().lines == ["delete c-latest (prune): applied"])
      try await deployment.expect(["a-latest": oci, "b-latest": docker])
      #expect(try await deployment.has(index))

      let last = try await deployment.apply()
      #expect(last.status == 0)
      #expect(last.lines == [])
      #expect(last.inSync == 2)
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: RegistryKind.expected)
  func driftIsHealed(_ kind: RegistryKind) async throws {
    try await withDeployment(on: kind) { deployment, _ in
      let (oci, docker, index) = try await deployment.pushEveryKind()
      try await deployment.declare(["moved": oci.digest, "same": index.digest, "vanished": docker.digest])
      _ = try await deployment.apply()
      try await deployment.move("moved-latest", to: "theirs")
      try await deployment.move("vanished-latest", to: "short-lived")
      let shortLived = ImagePusher.manifest("short-lived").digest
      #expect(try await deployment.registry.deleteManifest(shortLived, in: deployment.team) == .deleted)

      let healed = try await deployment.apply()
      #expect(healed.status == 0)
      #expect(
        healed.lines == ["move moved-latest (drift): applied", "create vanished-latest (drift): applied"])
      #expect(healed.changes[0].from == ImagePusher.manifest("theirs").digest.description)
      try await deployment.expect(["moved-latest": oci, "same-latest": index, "vanished-latest": docker])
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: RegistryKind.expected)
  func aReadOnlyRegistryFailsEveryWriteAndIsCaughtUpLater(_ kind: RegistryKind) async throws {
    try await withDeployment(on: kind) { deployment, registry in
      let (oci, docker, index) = try await deployment.pushEveryKind()
      try await deployment.declare(["a": oci.digest, "b": docker.digest])
      _ = try await deployment.apply()
      try await deployment.declare(["a": index.digest])
      try await registry.whileReadOnly { address in
        try deployment.configure(address)
        let refused = try await deployment.apply()
        #expect(refused.status == 1)
        #expect(
          refused.lines == ["move a-latest (commit): failed", "delete b-latest (prune): not tried"])
        let reason = refused.changes[0].reason ?? "none"
        #expect(reason.contains("405"), "\(reason)")
        try await deployment.expect(["a-latest": oci, "b-latest": docker])
      }
      try deployment.configure(registry.address)
      #expect(
        try await deployment.apply().lines == [
          "move a-latest (commit): applied", "delete b-latest (prune): applied",
        ])
      try await deployment.expect(["a-latest": index])
    }
  }
}
