import Model
import Registry
import TestSupport
import Testing

/// `tagkeeper doctor`: whole outputs.
@Suite(.timeLimit(.minutes(10))) struct DoctorTests {
  private static let collection =
    "a rollback's digests may be collected once no tag has them, by distribution's garbage-collect -m, which also takes "
    + "the children of tagged indexes; zot's collection of untagged manifests; Quay's garbage collection: where one of "
    + "them runs, write keep: \"{image}-{date}-{commit}\" in the configuration, for latest"

  /// The output with what differs from run to run written as a name.
  private func text(_ finished: FinishedProgram, _ deployment: Deployment, _ host: String) -> String {
    finished.output.replacing(/\d+ ms\)/, with: "N ms)").replacing(host, with: "HOST")
      .replacing(deployment.folder.path, with: "FOLDER")
  }

  @Test(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
  func aRegistryThatDeletesManifests() async throws {
    try await withDeployment(on: .distribution) { deployment, registry in
      let one = try await deployment.push("one")
      let tip = try await deployment.declare(["a": one])
      #expect(try await deployment.apply().status == 0)
      let before = try await deployment.tags()
      let finished = try await deployment.tagkeeper("doctor")
      #expect(finished.status == 0 && finished.errors == "")
      let entries = try deployment.folder.read("state/journal.jsonl").split(separator: "\n").count
      let deletion =
        RealRegistry.deletesTags
        ? "by tag, where a first deletion shows that the manifest stays; else by tombstone"
        : "by tombstone: the registry deletes manifests, and no tags"
      #expect(
        text(finished, deployment, registry.address.authority) == """
          ok    configuration       FOLDER/tagkeeper.yaml: latest (production)
          ok    state directory     FOLDER/state: \(entries) journal entries
          ok    checkout            FOLDER/checkout has its whole history
          ok    channel latest      production at \(tip.short) declares 1 image
          ok    registry            http://HOST answers as a registry (N ms)
          ok    clock               within a minute of the registry's
          ok    pull team/app       a-latest has \(one.short)
          ok    push team/app       an upload was begun and cancelled
          ok    delete team/app     \(deletion)
          ok    sweep team/app      by a HEAD for each tag
          ok    referrers team/app  by fallback tags: the registry lacks the API
          warn  collection          \(Self.collection)
          12 checks: 0 failed, 1 warning.

          """)
      #expect(try await deployment.tags() == before)
    }
  }

  @Test(.enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
  func aRegistryThatDeletesNothingAndOneThatTakesNoWrites() async throws {
    try await withDeployment(on: .distribution, deletes: false) { deployment, registry in
      let one = try await deployment.push("one")
      try await deployment.declare(["a": one])
      let refused = try await deployment.tagkeeper("doctor")
      #expect(refused.status == 0)
      let lines = text(refused, deployment, registry.address.authority).split(separator: "\n").map(
        String.init)
      let digest = Tombstone.manifest(repository: deployment.team, batch: "examination").digest
      #expect(
        lines.contains("ok    state directory     FOLDER/state is not there yet: the first run makes it"))
      #expect(lines.contains("ok    pull team/app       a-latest is not there yet"))
      #expect(
        lines.contains(
          "warn  delete team/app     tags of removed images are held: DELETE HOST/v2/team/app/manifests/\(digest): the registry "
            + "answered 405 UNSUPPORTED \"The operation is unsupported.\": allow deletion there (distribution: "
            + "REGISTRY_STORAGE_DELETE_ENABLED=true), or delete tags by hand"), "\(lines)")

      try await registry.whileReadOnly { address in
        try deployment.configure(address)
        let held = try await deployment.tagkeeper("doctor")
        #expect(held.status == 1)
        let lines = text(held, deployment, address.authority).split(separator: "\n").map(String.init)
        #expect(
          lines.contains(
            "FAIL  push team/app       POST HOST/v2/team/app/blobs/uploads/: the registry answered 405; it is read-only, or a "
              + "proxy before it lets no write through"), "\(lines)")
        #expect(lines.last == "12 checks: 1 failed, 2 warnings.", "\(lines)")
      }
    }
  }

  @Test func whatIsWrongIsSaidWithItsRemedy() async throws {
    try await withScriptedDeployment { deployment, registry in
      let host = try registry.address.authority
      try await deployment.git.commit(["desired-state/images.yaml": "version: 2\n"], message: "Break it")
      registry.configure { $0.answersHTML = true }
      let finished = try await deployment.tagkeeper("doctor")
      #expect(finished.status == 1 && finished.errors == "")
      #expect(
        text(finished, deployment, host) == """
          ok    configuration    FOLDER/tagkeeper.yaml: latest (production)
          ok    state directory  FOLDER/state is not there yet: the first run makes it
          ok    checkout         FOLDER/checkout has its whole history
          FAIL  channel latest   desired-state/images.yaml:1:10: error: version 2 is not supported
                                   | version: 2
                                   |          ^
                                   fix: this tagkeeper reads version 1: upgrade it
          FAIL  registry         GET HOST/v2/: what answers is not a registry (200 and a page of HTML); check the address, \
          http or https, and whether a proxy or a portal stands before it
          5 checks: 2 failed, 0 warnings.

          """)
    }
  }

  @Test func aConfigurationThatIsBrokenIsTheOneCheck() async throws {
    try await withTemporaryDirectory { folder in
      let absent = try await tagkeeper("doctor", "--config", "nowhere.yaml", in: folder)
      #expect(absent.status == 1 && absent.errors == "")
      #expect(
        absent.output == """
          FAIL  configuration  nowhere.yaml can't be read: check the path and its mode, or write one with tagkeeper init
          1 check: 1 failed, 0 warnings.

          """)
    }
  }

  @Test func forProgramsAndForPullRequests() async throws {
    try await withScriptedDeployment { deployment, registry in
      registry.configure { $0.tagDeletion = .native }
      let one = try await deployment.push("one")
      try await deployment.move("a-latest", to: "one")
      let tip = try await deployment.declare(["a": one])
      let host = try registry.address.authority
      let json = try await deployment.tagkeeper("doctor", "--output", "json")
      #expect(json.status == 0)
      #expect(
        text(json, deployment, host).hasPrefix(
          #"{"format":1,"checks":[{"verdict":"ok","check":"configuration","finding":"FOLDER/tagkeeper.yaml: latest "#
            + #"(production)","remedy":null},"#), "\(json.output)")
      #expect(
        text(json, deployment, host).contains(
          #"{"verdict":"warning","check":"clock","finding":"the registry does not tell its time","remedy":null},"#
        ))
      let markdown = try await deployment.tagkeeper("doctor", "--output", "markdown")
      let lines = text(markdown, deployment, host).split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.prefix(2) == ["| verdict | check | finding |", "|---|---|---|"])
      #expect(lines.contains("| ok | channel latest | production at \(tip.short) declares 1 image |"))
      #expect(
        lines.contains(
          "| ok | delete team/app | by tag, where a first deletion shows that the manifest stays; else by tombstone |"
        ))
      #expect(lines.suffix(3) == ["", "12 checks: 0 failed, 2 warnings.", ""])
    }
  }

  @Test func credentialsThatAreMissingAreNamed() async throws {
    try await withScriptedDeployment { deployment, registry in
      try await deployment.declare(["a": try await deployment.push("one")])
      registry.configure { behaviour in
        behaviour.override = { request in
          guard request.header("Authorization") == nil else { return nil }
          return .response(
            401,
            [("WWW-Authenticate", "Basic realm=\"x\""), ("Docker-Distribution-Api-Version", "registry/2.0")],
            body: #"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#)
        }
      }
      let finished = try await deployment.tagkeeper("doctor")
      #expect(finished.status == 1)
      let host = try registry.address.authority
      let lines = text(finished, deployment, host).split(separator: "\n").map(String.init)
      #expect(
        lines.contains(
          "warn  credentials      HOST asks for a user name and a password; there are no credentials for HOST: give "
            + "username and passwordFile in the configuration, for a source below hosts, or run docker login HOST"
        ), "\(lines)")
      #expect(
        lines.contains(
          "FAIL  pull team/app    HOST asks for a user name and a password; there are no credentials for HOST: give "
            + "username and passwordFile in the configuration, for a source below hosts, or run docker login HOST"
        ), "\(lines)")
      #expect(!lines.contains { $0.contains("push team/app") })
      #expect(lines.last == "9 checks: 1 failed, 3 warnings.")
    }
  }

  @Test func aPasswordThatIsTakenAndOneThatIsRefused() async throws {
    try await withScriptedDeployment { deployment, registry in
      let one = try await deployment.push("one")
      try await deployment.declare(["a": one])
      registry.configure { behaviour in
        behaviour.override = { request in
          guard request.header("Authorization") != basicField("bot", testSecret("correct")) else {
            return nil
          }
          return .response(
            401, [("WWW-Authenticate", "Basic realm=\"x\"")], body: #"{"errors":[{"code":"UNAUTHORIZED"}]}"#)
        }
      }
      let host = try registry.address.authority
      let configuration = try deployment.folder.read("tagkeeper.yaml")
      try deployment.folder.write(
        configuration + "\nusername: bot\npasswordFile: password\n", to: "tagkeeper.yaml")
      try deployment.folder.write("\(testSecret("correct"))\n", to: "password")
      let taken = text(try await deployment.tagkeeper("doctor"), deployment, host)
      #expect(
        taken.contains("\nok    credentials         those of \"bot\" from FOLDER/password are taken\n"),
        "\(taken)")
      #expect(taken.contains(": 0 failed, "), "\(taken)")
      try deployment.folder.write("\(testSecret("wrong"))\n", to: "password")
      // The configuration is ./tagkeeper.yaml; a log has to name the file for those who stand elsewhere.
      let state = deployment.folder("state")
      let refused = text(
        try await tagkeeper("doctor", "--state-dir", state, in: deployment.folder), deployment, host)
      #expect(
        refused.contains(
          "\nFAIL  credentials      \"bot\" is refused: GET HOST/v2/: the registry answered 401 UNAUTHORIZED; check the credentials for "
            + "HOST, which are from FOLDER/password\n"), "\(refused)")
    }
  }

  @Test func everyRepositoryIsAskedAndARefusalIsSaidOnce() async throws {
    try await withScriptedDeployment { deployment, registry in
      let one = ImagePusher.manifest("one")
      let names = (1...12).map { "team/r\($0 + 10)" }
      for name in names {
        registry.store(one, as: try TagName("a-latest"), in: try RepositoryName(name))
      }
      let state = names.map { "  \($0):\n    a:\n      digest: \(one.digest)\n" }.joined()
      try await deployment.git.commit(
        ["desired-state/images.yaml": "version: 1\nrepositories:\n\(state)"], message: "Declare")
      registry.configure {
        $0.override = { request in
          if ["team/r11", "team/r15", "team/r22"].contains(where: { request.path.contains("/\($0)/") }) {
            return .response(403)
          }
          return request.method == "POST" ? .response(403) : nil
        }
      }
      let host = try registry.address.authority
      let output = text(try await deployment.tagkeeper("doctor"), deployment, host)
      let lines = output.split(separator: "\n").map(String.init)
      func checks(_ check: String) -> [String] { lines.filter { $0.dropFirst(6).hasPrefix(check + " ") } }
      let said = "the registry answered 403; check what the credentials for HOST may do"
      #expect(
        checks("repositories").map { $0.split(separator: " ", maxSplits: 2)[2].drop { $0 == " " } } == [
          "12 of 12 are asked for a tag, and the rest tried in team/r12, team/r13, team/r14, team/r16, team/r17"
        ], "\(output)")
      #expect(
        checks("push").count == 1
          && checks("push").allSatisfy {
            $0.hasSuffix(
              "in 5 repositories, such as team/r12: POST HOST/v2/team/r12/blobs/uploads/: \(said)")
          },
        "\(output)")
      let pulls = checks("pull")
      #expect(pulls.count == 7, "\(output)")
      #expect(
        pulls.first?.hasSuffix(
          "in 3 repositories, such as team/r11: HEAD HOST/v2/team/r11/manifests/a-latest: \(said)") == true,
        "\(output)")
      #expect(pulls.last?.hasSuffix("  4 further repositories can be pulled from") == true, "\(output)")
    }
  }

  @Test func layoutsAreLookedAtAndNothingIsLeft() async throws {
    try await withScriptedDeployment { deployment, _ in
      try await deployment.declare(["a": digest(1)])
      let folder = deployment.folder
      let configuration = try folder.read("tagkeeper.yaml").replacing(
        /(?m)^registry: .*$/, with: "registry: oci:images")
      try folder.write(configuration.replacing(/(?m)^plainHTTP: .*\n/, with: ""), to: "tagkeeper.yaml")
      let state = deployment.folder("state")
      let missing = text(
        try await tagkeeper("doctor", "--state-dir", state, in: folder), deployment, "HOST")
      #expect(
        missing.contains(
          "\nFAIL  registry         oci:FOLDER/images is no folder that can be written to: create it, mount what it is on, "
            + "or check its owner and mode\n"), "\(missing)")
      try folder.write("", to: "images/.keep")
      let there = text(
        try await tagkeeper("doctor", "--state-dir", state, in: folder), deployment, "HOST")
      #expect(
        there.contains(
          "\nok  registry         oci:FOLDER/images: layouts on disk, which can be written to\n"),
        "\(there)")
      #expect(there.contains("\nok  layout team/app  a-latest is not there yet\n"), "\(there)")
      #expect(!folder.exists("images/team"))
    }
  }

  @Test func sourcesAreRead() async throws {
    try await withScriptedDeployment { deployment, registry in
      let one = try await deployment.push("one")
      try await deployment.declare(["a": one])
      let host = try registry.address.authority
      // Port 9 of loopback is discard's, where nobody listens.
      let sources = #"sources: [team/app, team/other, "127.0.0.1:9/{repository}"]"#
      let configuration = try deployment.folder.read("tagkeeper.yaml")
      try deployment.folder.write(
        configuration.replacing("{image}-latest\"", with: "{image}-latest\", \(sources)")
          + "\nhosts: {\"127.0.0.1:9\": {concurrency: 4}, ghcr.example: {concurrency: 4}}\n",
        to: "tagkeeper.yaml")
      let finished = try await deployment.tagkeeper("doctor")
      #expect(finished.status == 1)
      let output = text(finished, deployment, host)
      let lines = output.split(separator: "\n").filter { $0.contains("source") }
      let expected = [
        "warn  hosts                            no channel's sources are on ghcr.example: write the name as sources have it, or "
          + "remove it from hosts",
        "ok    source team/app                  HOST/team/app has \(one.short)",
        "ok    source team/other                HOST/team/other answers, and lacks \(one.short)",
        "FAIL  source 127.0.0.1:9/{repository}  GET 127.0.0.1:9/v2/team/app/manifests/\(one): can't connect: Failed to "
          + "connect to 127.0.0.1 port 9: Couldn't connect to server: check the registry's URL, the network, and "
          + "https_proxy, http_proxy and no_proxy where one is set",
      ]
      #expect(lines.map(String.init) == expected, "\(output)")
    }
  }

  @Test func aProxyThatLetsNothingThroughIsNamed() async throws {
    try await withScriptedDeployment { deployment, _ in
      let proxy = try ScriptedServer { _ in .response(403) }
      try deployment.configure(RegistryURL("https://registry.invalid"))
      let finished = try await deployment.tagkeeper("doctor", environment: ["https_proxy": proxy.url])
      #expect(finished.status == 1)
      #expect(
        finished.output.contains(
          "\nFAIL  registry         GET registry.invalid/v2/: the connection was cut: CONNECT tunnel failed, response 403: "
            + "the proxy lets nothing through to it: check https_proxy and no_proxy\n"), "\(finished.output)")
      #expect(proxy.requests.allSatisfy { $0.method == "CONNECT" })
    }
  }

  @Test func aStateDirectoryThatCanNotBeMadeIsSaid() async throws {
    try await withScriptedDeployment { deployment, registry in
      try deployment.folder.write("", to: "file")
      let host = try registry.address.authority
      for (path, words) in [
        ("file", "FOLDER/file is"), ("file/a/b", "FOLDER/file/a/b can't be made: FOLDER/file is"),
      ] {
        let finished = try await tagkeeper(
          "doctor", "--config", deployment.folder("tagkeeper.yaml"), "--state-dir",
          deployment.folder(path), in: deployment.folder)
        #expect(finished.status == 1)
        let output = text(finished, deployment, host)
        #expect(
          output.contains(
            "\nFAIL  state directory  \(words) no folder that can be written to: check its owner and mode, or give "
              + "another by --state-dir\n"), "\(output)")
      }
    }
  }

  @Test func nothingIsAskedOfARepositoryThatMayNotBeThere() async throws {
    try await withScriptedDeployment { deployment, registry in
      try await deployment.declare(["a": ImagePusher.manifest("never pushed").digest])
      let finished = try await deployment.tagkeeper("doctor")
      #expect(
        finished.output.contains(
          "\nwarn  push team/app       not tried: nothing declared is there yet, and asking may make a repository\n"
        ))
      #expect(!registry.requests.contains { $0.method == "POST" })
    }
  }
}
