import FoundationEssentials
import Model
import TestSupport
import Testing

/// `suspend` and `resume` beside a daemon at work, and what they say.
@Suite(.timeLimit(.minutes(10))) struct SuspensionTests {
  private static let quick = "poll: 1h\nsweep: 7d"

  /// With a daemon that is in sync with `a` and `b` at the digest `first`.
  private func withDaemon(
    settings: String = Self.quick,
    _ body: (Deployment, FakeRegistry, _ first: Digest, _ second: Digest) async throws -> Void
  ) async throws {
    try await withScriptedDeployment(settings: settings) { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first, "b": first])
      try await deployment.withDaemon("--log-level", "debug") { _ in
        try await registry.waitUntil(["a-latest": first, "b-latest": first])
        try await body(deployment, registry, first, second)
      }
    }
  }

  @Test func aSuspendedChannelIsLeftUntilItIsResumed() async throws {
    try await withDaemon { deployment, registry, first, second in
      let suspended = try await deployment.tagkeeper(
        "suspend", "--channel", "latest", "--reason", "incident 4711")
      #expect(suspended.status == 0 && suspended.errors == "")
      let sentence = try #require(suspended.output.split(separator: "\n").first)
      #expect(sentence.hasPrefix("latest: suspended by ") && sentence.hasSuffix("Z: incident 4711"))
      try await until { deployment.log.contains("\(sentence)") }
      try await deployment.declare(["a": second, "b": first])
      try await until { deployment.log.contains("latest: 1 held, 1 in sync in ") }

      let plan = try await deployment.tagkeeper("plan", "--channel", "latest")
      #expect(plan.output.contains("\n! \(sentence.dropFirst("latest: ".count))\n"), "\(plan.output)")
      #expect(
        plan.output.contains("! team/app:a-latest  \(first.short) → \(second.short)  held: suspended by "),
        "\(plan.output)")
      #expect(plan.status == 1)
      let json = try await deployment.tagkeeper("plan", "--channel", "latest", "--output", "json")
      #expect(
        json.output.contains(
          #""suspensions":[{"channel":"latest","repository":null,"image":null,"reason":"incident 4711","author":""#
        ),
        "\(json.output)")
      #expect(try registry.tags == ["a-latest": first, "b-latest": first])

      let resumed = try await deployment.tagkeeper("resume", "--channel", "latest")
      #expect(resumed.output == "resumed latest, which was \(sentence.dropFirst("latest: ".count))\n")
      #expect(resumed.status == 0)
      try await registry.waitUntil(["a-latest": second, "b-latest": first])
      try await until { deployment.log.contains("latest: no longer suspended") }
    }
  }

  @Test func aSuspensionLastsOverARestart() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first])
      #expect(try await deployment.apply().status == 0)
      _ = try await deployment.tagkeeper("suspend", "a", "--reason", "bisecting")
      try await deployment.declare(["a": second])
      try await deployment.withDaemon { _ in
        try await until { deployment.log.contains("team/app/a suspended by ") }
      }
      #expect(try registry.tags == ["a-latest": first])
      let resumed = try await deployment.tagkeeper("resume", "a")
      #expect(resumed.output.hasPrefix("resumed team/app/a on all channels, which was suspended by "))
      #expect(try await deployment.apply().status == 0)
      #expect(try registry.tags == ["a-latest": second])
    }
  }

  @Test func whatCanNotBeDoneSaysWhatCan() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, _ in
      func say(_ words: String...) async throws -> String {
        let said = try await deployment.tagkeeper(words)
        #expect(said.output == "")
        return "\(said.status ?? -1) \(said.errors)"
      }
      #expect(
        try await say("suspend", "--channel", "latest")
          == "64 tagkeeper: why? give --reason WHY: everybody who meets it is told\n")
      #expect(
        try await say("suspend", "--reason", "why")
          == "1 tagkeeper: \(deployment.folder("state")): no daemon ever ran on this state directory: give the daemon's "
          + "by --state-dir; that of systemd's service is /var/lib/tagkeeper, its user's alone: "
          + "runuser -u tagkeeper -- tagkeeper suspend … --state-dir /var/lib/tagkeeper\n")
      try await deployment.declare(["a": deployment.push("1")])
      _ = try await deployment.apply()
      #expect(
        try await say("suspend", "nothing", "--reason", "why")
          == "64 tagkeeper: there is no image \"nothing\": write its name as the state file has it, or REPOSITORY/IMAGE\n"
      )
      #expect(
        try await say("suspend", "--until", "2020-01-01", "--reason", "why").hasPrefix(
          "64 tagkeeper: --until \"2020-01-01\" is past: it is "))
      #expect(
        try await say("suspend", "--until", "soon", "--reason", "why")
          == "64 tagkeeper: --until \"soon\": write a time such as 2026-11-22T17:50:01Z, a day such as 2026-11-22 "
          + "(in UTC), or how long from now, such as 3d or 12h\n")
      #expect(
        try await say("suspend", "--until", "99999999d", "--reason", "why")
          == "64 tagkeeper: --until \"99999999d\" is too far away: leave it out\n")
      #expect(
        try await say("suspend", "team/App/a", "--reason", "why").hasPrefix(
          "64 tagkeeper: there is no image "))
      #expect(try await say("resume") == "1 tagkeeper: nothing is suspended\n")
      _ = try await deployment.tagkeeper("suspend", "--reason", "a\u{1b}[31m", "--until", "2h")
      let other = try await say("resume", "--channel", "latest")
      #expect(other.hasPrefix("1 tagkeeper: that is not suspended; this is:\n  all channels: suspended by "))
      let place = "--config \(deployment.folder("tagkeeper.yaml")) --state-dir \(deployment.folder("state"))"
      #expect(other.hasSuffix("\n    tagkeeper resume \(place)\n") && !other.contains("\u{1b}"), "\(other)")
      let shorter = try await deployment.tagkeeper("suspend", "--reason", "a\nb", "--until", "10m")
      let lines = shorter.output.split(separator: "\n")
      #expect(
        lines.count == 2 && lines[0].hasSuffix(": a b")
          && lines[1].hasPrefix("in place of all channels: suspended by "))
      _ = try await deployment.tagkeeper("suspend", "--channel", "latest", "--reason", "why")
      let one = try await deployment.tagkeeper("resume", "--channel", "latest")
      #expect(one.output.contains("\nstill suspended: all channels: suspended by "), "\(one)")
      #expect(try await deployment.tagkeeper("resume", "--all").status == 0)
      #expect(try await say("resume", "--all") == "1 tagkeeper: nothing is suspended\n")
    }
  }

  /// A tag whose image was just dropped can be kept, and what was dropped since can be resumed, as the hint says it.
  @Test func imagesThatNoBranchDeclaresCanBeSuspendedAndResumed() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first, "b": first, "c": second])
      _ = try await deployment.apply()
      #expect(try await deployment.tagkeeper("suspend", "a", "--reason", "why").errors == "")
      try await deployment.declare(["c": second], message: "drop\n\nTagkeeper-Allow: prune")
      let dropped = try await deployment.tagkeeper("suspend", "team/app/b", "--reason", "not yet")
      #expect(dropped.status == 0 && dropped.output.hasPrefix("team/app/b on all channels: suspended by "))
      #expect(
        dropped.errors
          == "tagkeeper: no branch declares team/app/b now: this keeps its tag from being deleted, or from nothing "
          + "where the name is wrong\n")
      _ = try await deployment.apply()
      #expect(try registry.tags == ["a-latest": first, "b-latest": first, "c-latest": second])

      let unknown = try await deployment.tagkeeper("resume", "team/app/x")
      #expect(unknown.status == 1 && unknown.errors.hasPrefix("tagkeeper: that is not suspended; this is:\n"))
      #expect(unknown.errors.contains(" --state-dir \(deployment.folder("state")) team/app/a\n"))
      let resumed = try await deployment.tagkeeper("resume", "team/app/a")
      #expect(resumed.output.hasPrefix("resumed team/app/a on all channels, which was "), "\(resumed)")
      #expect(try await deployment.tagkeeper("resume", "b").status == 0)
      _ = try await deployment.apply()
      #expect(try registry.tags == ["c-latest": second])
    }
  }

  @Test func aChannelThatIsNoLongerConfiguredCanBeResumed() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, _ in
      try await deployment.declare(["a": deployment.push("1")])
      _ = try await deployment.apply()
      _ = try await deployment.tagkeeper("suspend", "--channel", "latest", "--reason", "why")
      let configuration = try deployment.folder.read("tagkeeper.yaml")
      try deployment.folder.write(
        configuration.replacing("latest:", with: "newest:"), to: "tagkeeper.yaml")
      let resumed = try await deployment.tagkeeper("resume", "--channel", "latest")
      #expect(resumed.output.hasPrefix("resumed latest, which was suspended by "), "\(resumed)")
    }
  }

  /// "Unknown" is never "nothing".
  @Test func aFileThatCanNotBeReadHoldsEverything() async throws {
    try await withScriptedDeployment(settings: Self.quick) { deployment, registry in
      try await deployment.declare(["a": deployment.push("1")])
      try deployment.folder.write("[{}]", to: "state/suspensions.json")
      let apply = try await deployment.tagkeeper("apply")
      #expect(apply.status == 1)
      #expect(
        apply.output.contains(
          "what is suspended is not known: \(deployment.folder("state/suspensions.json")) is not what tagkeeper suspend "
            + "writes: remove it, and suspend anew what is to be left"), "\(apply)")
      #expect(try registry.tags == [:])
    }
  }

  /// What was said there is not known any more: somebody unmounted it.
  @Test func aStateDirectoryThatIsGoneHoldsEverything() async throws {
    try await withDaemon(settings: "poll: 1s\nsweep: 7d") { deployment, registry, first, second in
      try FileManager.default.moveItem(
        atPath: deployment.folder("state"), toPath: deployment.folder("elsewhere"))
      try await until {
        deployment.log.contains("held, nothing is changed: what is suspended is not known: ")
      }
      try await deployment.declare(["a": second, "b": first])
      try FileManager.default.moveItem(
        atPath: deployment.folder("elsewhere"), toPath: deployment.folder("state"))
      try await registry.waitUntil(["a-latest": second, "b-latest": first])
    }
  }
}
