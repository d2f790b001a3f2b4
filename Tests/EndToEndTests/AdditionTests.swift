import Model
import Registry
import StateFile
import TestSupport
import Testing

/// `createFrom` and `keep` from the branches to the registry.
@Suite(.timeLimit(.minutes(10))) struct AdditionTests {
  private func channels(_ additions: String) -> String {
    """
    staging: {branch: main, tag: "{image}-staging"}
      latest: {branch: production, tag: "{image}-latest", \(additions)}
    """
  }

  @Test func aNewImageLivesFromItsFirstDigestToItsRolloutOrRemoval() async throws {
    try await withScriptedDeployment(
      channels: channels("createFrom: staging"), settings: "poll: 1s\nsweep: 1s"
    ) { deployment, registry in
      registry.configure { $0.tagDeletion = .native }
      let one = try await deployment.push("1")
      let two = try await deployment.push("2")
      let three = try await deployment.push("3")
      try await deployment.declare(["old": one])
      try await deployment.git.checkOut("main")
      try await deployment.declare(["old": one])
      try await deployment.withDaemon { _ in
        var expected = ["old-latest": one, "old-staging": one]
        try await registry.waitUntil(expected)

        try await deployment.declare(["old": one, "new": two, "gone": two])
        for name in ["new", "gone"] { (expected[name + "-staging"], expected[name + "-latest"]) = (two, two) }
        try await registry.waitUntil(expected)

        // Main goes on: its tag moves, and the created one stays. Another is new and held.
        try await deployment.declare(["old": one, "new": three, "gone": two, "held": one], holding: ["held"])
        (expected["new-staging"], expected["held-staging"]) = (three, one)
        try await registry.waitUntil(expected)
        try await registry.waitForSweeps(3)
        #expect(try registry.tags == expected)

        try await deployment.declare(["old": one, "new": three, "held": one], holding: ["held"])
        (expected["gone-staging"], expected["gone-latest"]) = (nil, nil)
        try await registry.waitUntil(expected)

        try await deployment.git.checkOut("production")
        try await deployment.declare(["old": one, "new": three])
        expected["new-latest"] = three
        try await registry.waitUntil(expected)
      }
      let log = deployment.log
      #expect(log.contains("created team/app:new-latest at \(two.short) (create-from)"), "\(log)")
    }
  }

  /// A channel plans as if what it creates from had applied what it plans, as `apply` does.
  @Test func planAndApplyAgreeOnWhatTheSourceBrings() async throws {
    let channels = """
      latest: {branch: production, tag: "{image}-latest", createFrom: staging}
        staging: {branch: main, tag: "{image}-staging"}
      """
    try await withScriptedDeployment(channels: channels) { deployment, registry in
      registry.configure { $0.tagDeletion = .native }
      let one = try await deployment.push("1")
      try await deployment.declare(["old": one])
      try await deployment.git.checkOut("main")
      try await deployment.declare(["old": one])
      for _ in 0..<2 { #expect(try await deployment.tagkeeper("apply").status == 0) }
      for (images, sign) in [(["old": one, "new": one], "+"), (["old": one], "-")] {
        let tip = try await deployment.declare(images)
        let plan = try await deployment.tagkeeper("plan")
        let (create, delete) = sign == "+" ? (1, 0) : (0, 1)
        #expect(
          plan.output == """
            latest: production at \(try await deployment.git.tip("production").prefix(12))
            \(sign) team/app:new-latest  \(one.short)\(sign == "+" ? "  (create-from)" : "")
            Plan: \(create) to create, 0 to move, \(delete) to delete, 0 blocked, 1 in sync.

            staging: main at \(tip.short)
            \(sign) team/app:new-staging  \(one.short)
            Plan: \(create) to create, 0 to move, \(delete) to delete, 0 blocked, 1 in sync.

            """, "\(plan.output)")
        let alone = try await deployment.tagkeeper("plan", "--channel", "latest")
        #expect(!alone.output.contains("new-latest"))
        let applied = try await deployment.tagkeeper("apply")
        #expect(applied.output.contains("\(sign) team/app:new-latest"), "\(applied.output)")
        #expect(try registry.tags.keys.contains("new-latest") == (sign == "+"))
      }
    }
  }

  @Test func aRestartLeavesWhatWasCreated() async throws {
    try await withScriptedDeployment(
      channels: channels("createFrom: staging"), settings: "poll: 1s\nsweep: 1s"
    ) { deployment, registry in
      let one = try await deployment.push("1")
      let two = try await deployment.push("2")
      try await deployment.declare(["old": one])
      try await deployment.git.checkOut("main")
      try await deployment.declare(["old": one, "new": one])
      // One call is enough, whichever channel stands first: the source goes first.
      #expect(try await deployment.tagkeeper("apply").status == 0)
      var expected = ["old-latest": one, "old-staging": one, "new-latest": one, "new-staging": one]
      #expect(try registry.tags == expected)
      try await deployment.declare(["old": one, "new": two])
      expected["new-staging"] = two
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(expected)
        try await registry.waitForSweeps(3)
        #expect(try registry.tags == expected)
      }
    }
  }

  @Test func keepTagsOutliveAMoveARollbackAndADeletion() async throws {
    try await withScriptedDeployment(
      channels: #"latest: {branch: production, tag: "{image}-latest", keep: "{image}-{date}-{commit}"}"#
    ) { deployment, registry in
      registry.configure { $0.tagDeletion = .native }
      let one = try await deployment.push("1")
      let two = try await deployment.push("2")
      let first = try await deployment.declare(["a": one])
      func keep(_ commit: CommitID) -> String { "a-2026-01-01-\(commit.short)" }
      let planned = try await deployment.tagkeeper("plan")
      #expect(
        planned.output == """
          latest: production at \(first.short)
          + team/app:\(keep(first))  \(one.short)  (keep)
          + team/app:a-latest                   \(one.short)
          Plan: 2 to create, 0 to move, 0 to delete, 0 blocked, 0 in sync.

          """)
      #expect(try await deployment.apply().status == 0)
      let second = try await deployment.declare(["a": two])
      #expect(try await deployment.apply().status == 0)
      let third = try CommitID(await deployment.git.revert("HEAD"))
      #expect(try await deployment.apply().status == 0)
      let expected = ["a-latest": one, keep(first): one, keep(second): two, keep(third): one]
      #expect(try registry.tags == expected)
      #expect(try await deployment.apply().lines == [])

      _ = try await deployment.registry.deleteTag(
        TagReference(deployment.team, try TagName(keep(third))))
      #expect(try await deployment.apply().lines == ["create \(keep(third)) (keep): applied"])
      #expect(try registry.tags == expected)

      try await deployment.move(keep(third), to: "2")
      let held = try await deployment.apply()
      #expect(held.status == 1 && held.inSync == 1)
      #expect(
        held.reason(keep(third))
          == "a keep tag is never moved, and this one has \(two.short): where no rollback needs that, delete it by hand"
      )
      // A name that only a keep tag makes too long is an error before it lands.
      let long = String(repeating: "a", count: 110)
      try await deployment.declare([long: one])
      let checked = try await deployment.tagkeeper("validate")
      #expect(checked.status == 1)
      #expect(checked.output.contains("under {image}-{date}-{commit}"), "\(checked.output)")
    }
  }
}

extension Deployment {
  fileprivate func declare(_ images: [String: Digest], holding held: Set<String>) async throws {
    let entries = try images.map { image, digest in
      DesiredState.Entry(
        key: ImageKey(team, try ImageName(image)), digest: digest,
        hold: held.contains(image) ? "broken" : nil)
    }
    let state = StateText(path: "images.yaml", state: try DesiredState(entries))
    try await git.commit(["desired-state/images.yaml": String(decoding: state.bytes, as: UTF8.self)])
  }
}
