import TestSupport
import Testing

/// An image whose tag here only `createFrom` made: production never declared it.
struct CreatedImageTests {
  @Test func isRolledBackWhereItIsDeclared() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["svc-x": 2])
      let rollback = ["rollback", "svc-x", "-m", "why"]
      let unknown = "tagkeeper: there is no image \"svc-x\": "
      #expect(try await repository.run(rollback).errors.hasPrefix(unknown))
      let text = try repository.folder.read("tagkeeper.yaml")
      try repository.folder.write(
        text.replacing("\"{image}-latest\"", with: "\"{image}-latest\", createFrom: staging"),
        to: "tagkeeper.yaml")
      for name in ["svc-x", "team/images/svc-x"] {
        let refused = try await repository.run(["rollback", "a", name, "-m", "why"])
        #expect(
          refused.errors == """
            tagkeeper: production never declared team/images/svc-x: its tag of latest comes from staging (createFrom); \
            remove it on main, or declare on production the digest that it is to have

            """)
        #expect(refused.status == 64 && refused.output == "")
      }
      #expect(
        try await repository.run(["rollback", "svc-y", "-m", "why"]).errors.hasPrefix(
          "tagkeeper: there is no image \"svc-y\": "))
    }
  }
}
