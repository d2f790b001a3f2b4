import FoundationEssentials
import Model
import TestSupport
import Testing

/// `verify:` as the built program keeps it, with signatures of the real git.
@Suite(.timeLimit(.minutes(10))) struct SignatureTests {
  private static func settings(_ mode: String) -> String {
    "poll: 1s\nsweep: 7d\nverify: {keys: signers, mode: \(mode)}"
  }

  private func declareSigned(
    _ deployment: Deployment, _ image: String, _ content: String, by key: SigningKey
  ) async throws -> CommitID {
    try await deployment.declare([image: deployment.push(content)])
    return try CommitID(await deployment.git.sign(with: key))
  }

  @Test(arguments: ["head", "all"]) func whatNobodyOnTheListSignedIsHeld(_ mode: String) async throws {
    try await withScriptedDeployment(settings: Self.settings(mode)) { deployment, registry in
      let folder = deployment.folder
      let (ada, eve) = (
        try await SigningKey.ssh("ada", in: folder), try await SigningKey.openPGP("eve", in: folder)
      )
      try folder.write(ada.text, to: "signers")
      let (one, two) = (try await deployment.push("one"), try await deployment.push("two"))
      // Signing a commit anew makes another one: it is made beside the branch that the daemon follows.
      try await deployment.git.checkOut("work")
      func land() async throws { try await deployment.git.git("branch", "-q", "-f", "production", "work") }
      _ = try await declareSigned(deployment, "a", "one", by: ada)
      try await land()
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": one])
        let bare = try await deployment.declare(["a": two])
        try await land()
        let remedy =
          mode == "head"
          ? "land a commit on top that is signed by a listed key (an empty one will do: git commit --allow-empty -S)"
          : "take it out of the branch, or set mode: head until a signed commit on top of it is applied"
        let hold =
          "latest: held, nothing is changed: commit \(bare.short) by Ada <ada@example.com> is not signed: \(remedy)\n"
        try await until { deployment.log.contains(hold) }
        let plan = try await deployment.tagkeeper("plan")
        #expect(plan.status == 1 && plan.output.contains("commit \(bare.short) by Ada"), "\(plan)")
        // In a pull request's check nothing is applied yet.
        let revision = try await deployment.tagkeeper("plan", "--rev", "\(bare)")
        #expect(revision.status == 0 && revision.output.contains("~ team/app:a-latest"), "\(revision)")
        try folder.remove("signers")
        let keyless = try await deployment.tagkeeper("plan", "--rev", "\(bare)")
        #expect(keyless.status == 0 && keyless.output == revision.output, "\(keyless)")
        try folder.write(ada.text, to: "signers")
        #expect(try registry.tags == ["a-latest": one])

        try await deployment.git.commit(message: "vouch")
        let foreign = try CommitID(await deployment.git.sign(with: eve))
        try await land()
        if mode == "head" {
          try await until {
            deployment.log.contains(
              "commit \(foreign.short) by Ada <ada@example.com> is signed by the "
                + "OpenPGP key \(eve.fingerprint), which \(folder("signers")) does not list")
          }
        }
        try await deployment.git.commit(message: "vouch")
        _ = try await deployment.git.sign(with: ada)
        try await land()
        if mode == "head" {
          try await registry.waitUntil(["a-latest": two])
          try await until { deployment.log.contains("latest: no longer held") }
        } else {
          let doctor = try await deployment.tagkeeper("doctor")
          #expect(doctor.output.contains("FAIL  signatures latest"), "\(doctor)")
          #expect(try registry.tags == ["a-latest": one])
        }
      }
    }
  }

  @Test func applyingARevisionNeedsASignatureAndLeavesNoFolder() async throws {
    try await withScriptedDeployment(settings: Self.settings("head")) { deployment, registry in
      let folder = deployment.folder
      let bea = try await SigningKey.openPGP("bea", in: folder)
      try folder.write(bea.text, to: "signers")
      try folder.write("", to: "temporary/.keep")
      let environment = ["TMPDIR": folder("temporary")]
      let bare = try await deployment.declare(["a": deployment.push("one")])
      let signed = try await declareSigned(deployment, "a", "two", by: bea)
      for revision in ["\(bare)", "\(signed)"] {
        let apply = try await deployment.tagkeeper(
          "apply", "--rev", revision, environment: environment)
        #expect(apply.status == (revision == "\(bare)" ? 1 : 0), "\(apply)")
        #expect(apply.output.contains("is not signed") == (revision == "\(bare)"), "\(apply)")
      }
      #expect(try await registry.tags == ["a-latest": deployment.push("two")])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder("temporary")) == [".keep"])

      let doctor = try await deployment.tagkeeper("doctor")
      let lines = doctor.output.split(separator: "\n").filter { $0.contains("  signatures") }
      #expect(
        lines.map { $0.replacing(#/ {2,}/#, with: "  ") } == [
          "ok  signatures  \(folder("signers")) lists 0 SSH keys and 1 OpenPGP key",
          "ok  signatures latest  \(signed.short) may be applied",
        ])
    }
  }

  @Test func keysThatCanNotBeReadAreRefusedAtTheStart() async throws {
    try await withScriptedDeployment(settings: Self.settings("head")) { deployment, _ in
      try await deployment.declare(["a": deployment.push("one")])
      let file = deployment.folder("signers")
      let missing =
        "verify: can't open \(file): No such file or directory: check the path, its owner and "
        + "its mode"
      for command in ["run", "plan", "apply"] {
        let finished = try await deployment.tagkeeper(command)
        #expect(finished.errors == "tagkeeper: \(missing)\n" && finished.status == 1)
      }
      let doctor = try await deployment.tagkeeper("doctor")
      #expect(doctor.output.contains(missing) && doctor.status == 1)
      try deployment.folder.write("ada\n", to: "signers")
      let wrong = try await deployment.tagkeeper("plan")
      #expect(
        wrong.errors == """
          tagkeeper: \(file):1: is neither a line of an allowed-signers file nor an OpenPGP public key in ASCII armour: write \
          ada@example.com ssh-ed25519 AAAAC3…, or what gpg --armor --export KEY prints

          """)
    }
  }
}
