import Model
import Registry
import TestSupport
import Testing

/// What `plan` and `apply` print, whole, and their exit statuses.
@Suite(.timeLimit(.minutes(10))) struct PlanOutputTests {
  let one = ImagePusher.manifest("one")
  let two = ImagePusher.manifest("two")
  let three = ImagePusher.manifest("three")
  let missing = digest(9)

  /// Calls `body` where a pass would create c, move a, move the drifted b back, delete d, and e is blocked.
  private func withEveryKindOfChange(
    _ body: (Deployment, FakeRegistry, _ commit: String) async throws -> Void
  ) async throws {
    try await withFakeDeployment { deployment, registry, _ in
      try await deployment.declare(["a": one.digest, "b": one.digest, "d": one.digest, "f": one.digest])
      #expect(try await deployment.tagkeeper("apply", "--channel", "latest").status == 0)
      registry.store(three, as: try TagName("b-latest"), in: deployment.team)
      let tip = try await deployment.declare([
        "a": two.digest, "b": one.digest, "c": two.digest, "e": missing, "f": one.digest,
      ])
      try await body(deployment, registry, tip.description)
    }
  }

  @Test func planAsText() async throws {
    try await withEveryKindOfChange { deployment, registry, tip in
      let before = registry.count("PUT")
      let finished = try await deployment.tagkeeper("plan", "--channel", "latest")
      let host = deployment.registry.address.authority
      #expect(
        finished.output == """
          latest: production at \(tip.prefix(12))
          ~ team/app:a-latest  \(one.digest.short) → \(two.digest.short)
          ~ team/app:b-latest  \(three.digest.short) → \(one.digest.short)  (drift)
          + team/app:c-latest  \(two.digest.short)
          - team/app:d-latest  \(one.digest.short)
          ! team/app:e-latest  blocked: \(missing) is not in \(host)/team/app; push the image there, or declare another digest
          Plan: 1 to create, 2 to move, 1 to delete, 1 blocked, 1 in sync.

          """)
      #expect(finished.errors == "" && finished.status == 1)
      #expect(registry.count("PUT") == before && registry.count("DELETE") == 0)
    }
  }

  @Test func planAsMarkdown() async throws {
    try await withEveryKindOfChange { deployment, _, tip in
      let finished = try await deployment.tagkeeper("plan", "--channel", "latest", "--output", "markdown")
      let host = deployment.registry.address.authority
      #expect(
        finished.output == """
          ### latest: `production` at `\(tip.prefix(12))`

          | | tag | from | to | |
          |---|---|---|---|---|
          | move | `team/app:a-latest` | `\(one.digest.short)` | `\(two.digest.short)` |  |
          | move | `team/app:b-latest` | `\(three.digest.short)` | `\(one.digest.short)` | drift |
          | create | `team/app:c-latest` |  | `\(two.digest.short)` |  |
          | delete | `team/app:d-latest` | `\(one.digest.short)` |  |  |
          | blocked | `team/app:e-latest` |  | `\(missing.short)` | \(missing) is not in \(host)/team/app; push the image there, or declare another digest |

          1 to create, 2 to move, 1 to delete, 1 blocked, 1 in sync.

          """)
    }
  }

  @Test func planAsJSON() async throws {
    try await withEveryKindOfChange { deployment, _, tip in
      let finished = try await deployment.tagkeeper("plan", "--channel", "latest", "--output", "json")
      let host = deployment.registry.address.authority
      func change(
        _ image: String, _ action: String, _ from: Digest?, _ to: Digest?, _ cause: String,
        _ reason: String? = nil
      ) -> String {
        func json(_ value: (some CustomStringConvertible)?) -> String { value.map { "\"\($0)\"" } ?? "null" }
        return """
          {"repository":"team/app","image":"\(image)","tag":"\(image)-latest","action":"\(action)",\
          "from":\(json(from)),"to":\(json(to)),"cause":"\(cause)","copiedFrom":null,"reason":\(json(reason)),"outcome":null}
          """
      }
      let changes = [
        change("a", "move", one.digest, two.digest, "commit"),
        change("b", "move", three.digest, one.digest, "drift"),
        change("c", "create", nil, two.digest, "commit"),
        change("d", "delete", one.digest, nil, "prune"),
        change(
          "e", "blocked", nil, missing, "commit",
          "\(missing) is not in \(host)/team/app; push the image there, or declare another digest"),
      ]
      #expect(
        finished.output == """
          {"format":1,"channels":[{"name":"latest","branch":"production","commit":"\(tip)","error":null,\
          "deletionsHeld":null,"creationsHeld":null,"keepTagsHeld":null,"suspensions":[],"summary":{"create":1,"move":2,"delete":1,"blocked":1,"held":0,"failed":0,"notBegun":0,"copying":0,\
          "inSync":1},\
          "changes":[\(changes.joined(separator: ","))]}]}

          """)
    }
  }

  @Test func applyAsTextAndMarkdown() async throws {
    try await withEveryKindOfChange { deployment, registry, tip in
      // What somebody may not write fails; the rest goes on.
      registry.configure {
        $0.override = { request in
          guard request.method == "PUT", request.path.hasSuffix("/c-latest") else { return nil }
          return .response(403, body: #"{"errors":[{"code":"DENIED","message":"no"}]}"#)
        }
      }
      let host = deployment.registry.address.authority
      let finished = try await deployment.tagkeeper("apply", "--channel", "latest")
      let denied =
        "PUT \(host)/v2/team/app/manifests/c-latest: the registry answered 403 DENIED \"no\"; "
        + "check what the credentials for \(host) may do"
      let blocked =
        "\(missing) is not in \(host)/team/app; push the image there, or declare another digest"
      #expect(
        finished.output == """
          latest: production at \(tip.prefix(12))
          ~ team/app:a-latest  \(one.digest.short) → \(two.digest.short)
          ~ team/app:b-latest  \(three.digest.short) → \(one.digest.short)  (drift)
          ! team/app:c-latest  failed: \(denied)
          - team/app:d-latest  \(one.digest.short)
          ! team/app:e-latest  blocked: \(blocked)
          Applied: 0 created, 2 moved, 1 deleted, 1 blocked, 1 failed, 1 in sync.

          """)
      #expect(finished.errors == "" && finished.status == 1)
      let tags = registry.tags(in: deployment.team).map(\.description)
      #expect(tags == ["a-latest", "b-latest", "f-latest"])

      registry.configure { $0.override = nil }
      let again = try await deployment.tagkeeper("apply", "--channel", "latest", "--output", "markdown")
      #expect(
        again.output == """
          ### latest: `production` at `\(tip.prefix(12))`

          | | tag | from | to | |
          |---|---|---|---|---|
          | create | `team/app:c-latest` |  | `\(two.digest.short)` |  |
          | blocked | `team/app:e-latest` |  | `\(missing.short)` | \(blocked) |

          1 created, 0 moved, 0 deleted, 1 blocked, 0 failed, 3 in sync.

          """)
    }
  }

  @Test func exitStatuses() async throws {
    try await withFakeDeployment { deployment, _, _ in
      func status(_ command: String, _ option: String = "--channel=latest") async throws -> Int32? {
        try await deployment.tagkeeper(command, "--channel", "latest", option).status
      }
      try await deployment.declare(["a": one.digest])
      #expect(try await status("plan") == 0)
      #expect(try await status("plan", "--detailed-exitcode") == 2)
      #expect(try await status("apply") == 0)
      #expect(try await status("plan", "--detailed-exitcode") == 0)
      let quiet = try await deployment.tagkeeper("plan", "--channel", "latest")
      #expect(quiet.output.hasSuffix("Plan: 0 to create, 0 to move, 0 to delete, 0 blocked, 1 in sync.\n"))
      try await deployment.declare(["a": two.digest, "e": missing])
      #expect(try await status("plan", "--detailed-exitcode") == 1)
      #expect(try await status("apply") == 1)
      try await deployment.declare([:])
      #expect(try await status("plan", "--detailed-exitcode") == 1)
      #expect(try await status("apply") == 1)
    }
  }

  @Test func aMoveToADigestThatWasRolledBackIsNamed() async throws {
    try await withFakeDeployment { deployment, _, _ in
      try await deployment.git.checkOut("main")
      try await deployment.declare(["a": one.digest])
      try await deployment.git.checkOut("production")
      try await deployment.declare(["a": one.digest])
      try await deployment.declare(["a": two.digest])
      let back = try await deployment.declare(["a": one.digest], message: "Back: it\u{1b}[31m broke")
      #expect(try await deployment.tagkeeper("apply", "--channel", "latest").status == 0)
      try await deployment.git.checkOut("again")
      let again = try await deployment.declare(["a": two.digest])
      let plan = try await deployment.tagkeeper("plan", "--channel", "latest", "--rev", "again")
      let why = #"rolled back by \#(back.short) (Ada, 2026-01-01): Back: it\u{1b}[31m broke"#
      #expect(
        plan.output == """
          latest: again, as if on production, at \(again.short)
          ~ team/app:a-latest  \(one.digest.short) → \(two.digest.short)  (\(why))
          Plan: 0 to create, 1 to move, 0 to delete, 0 blocked, 0 in sync.

          """)
      let json = try await deployment.tagkeeper(
        "plan", "--channel", "latest", "--rev", "again", "--output", "json")
      #expect(json.output.contains(#""reason":"rolled back by"#), "\(json.output)")
      // Of three channels the one that it creates from is where its rollouts come from.
      let plain = #"{branch: production, tag: "{image}-latest"}"#
      let three =
        #"{branch: production, tag: "{image}-latest", createFrom: staging}"#
        + "\n  canary: {branch: main, tag: \"{image}-canary\"}"
      let text = try deployment.folder.read("tagkeeper.yaml").replacing(plain, with: three)
      try deployment.folder.write(text, to: "tagkeeper.yaml")
      let ofThree = try await deployment.tagkeeper("plan", "--channel", "latest", "--rev", "again")
      #expect(ofThree.output == plan.output && text.contains("canary"))
    }
  }

  @Test func channelsTogetherAndARevisionOfAnotherBranch() async throws {
    try await withFakeDeployment { deployment, registry, folder in
      let production = try await deployment.declare(["a": one.digest])
      try await deployment.git.checkOut("main")
      let main = try await deployment.declare(["a": two.digest, "b": two.digest])
      try await deployment.git.git("update-ref", "refs/remotes/origin/rollout", main.description)
      let both = try await deployment.tagkeeper("plan")
      #expect(
        both.output == """
          staging: main at \(main.short)
          + team/app:a-staging  \(two.digest.short)
          + team/app:b-staging  \(two.digest.short)
          Plan: 2 to create, 0 to move, 0 to delete, 0 blocked, 0 in sync.

          latest: production at \(production.short)
          + team/app:a-latest  \(one.digest.short)
          Plan: 1 to create, 0 to move, 0 to delete, 0 blocked, 0 in sync.

          """)
      let rollout = try await deployment.tagkeeper(
        "plan", "--channel", "latest", "--rev", "origin/rollout", "--detailed-exitcode")
      #expect(
        rollout.output == """
          latest: origin/rollout, as if on production, at \(main.short)
          + team/app:a-latest  \(two.digest.short)
          + team/app:b-latest  \(two.digest.short)
          Plan: 2 to create, 0 to move, 0 to delete, 0 blocked, 0 in sync.

          """)
      #expect(both.status == 0 && rollout.status == 2)
      #expect(registry.count("PUT") == 0 && !folder.exists("state/journal.jsonl"))
    }
  }

  @Test func whatARegistrySaysCannotSteerATerminalOrAPage() async throws {
    try await withFakeDeployment { deployment, registry, _ in
      let body = #"{"errors":[{"code":"TOO\u001b]0;x\u0007","message":"<b>`|\u202eabc\r\n## x"}]}"#
      registry.configure { $0.override = { $0.method == "PUT" ? .response(403, body: body) : nil } }
      try await deployment.declare(["a": one.digest])
      let host = deployment.registry.address.authority
      let request = "PUT \(host)/v2/team/app/manifests/a-latest: the registry answered 403"
      let remedy = "; check what the credentials for \(host) may do"

      let text = try await deployment.tagkeeper("apply", "--channel", "latest")
      let escaped = ##" TOO\u{1b}]0;x\u{7} "<b>`|\u{202e}abc\u{d}\u{a}## x""##
      #expect(
        text.output.split(separator: "\n")[1]
          == "! team/app:a-latest  failed: \(request)\(escaped)\(remedy)")
      let page = try await deployment.tagkeeper("apply", "--channel", "latest", "--output", "markdown")
      let inCell =
        ##" TOO\\u\{1b\}\]0;x\\u\{7\} "\<b\>\`\|\\u\{202e\}abc\\u\{d\}\\u\{a\}\#\# x""##
      #expect(
        page.output.split(separator: "\n")[3]
          == "| create | `team/app:a-latest` |  | `\(one.digest.short)` | failed: \(request)\(inCell)\(remedy) |"
      )
      let json = try await deployment.tagkeeper("apply", "--channel", "latest", "--output", "json")
      #expect(json.output.contains(request) && json.output.contains(remedy))
      for finished in [text, page, json] {
        let controls = finished.output.unicodeScalars.filter {
          $0 != "\n" && ($0.properties.generalCategory == .control || $0 == "\u{202e}")
        }
        #expect(controls.isEmpty && finished.errors == "" && finished.status == 1)
      }
    }
  }
}
