import FoundationEssentials
import Glibc
import HTTPClient
import LinuxSystem
import TestSupport
import Testing

/// What the daemon serves over HTTP, and where.
@Suite(.timeLimit(.minutes(10))) struct ServingTests {
  @Test func healthAndReadinessAreTold() async throws {
    try await withScriptedDeployment(listen: "127.0.0.1:0") { deployment, registry in
      let image = try await deployment.push("ours")
      try await deployment.declare(["a": image])
      let gate = Gate()
      defer { gate.open() }
      registry.configure { $0.gate = { _ in gate } }
      try await deployment.withDaemon { _ in
        let server = try await deployment.served()
        #expect(try await deployment.ask(.get, "\(server)/healthz") == (200, "ok\n"))
        #expect(
          try await deployment.ask(.get, "\(server)/readyz")
            == (503, "waiting for the first pass of latest\n"))
        gate.open()
        try await until { try await deployment.ask(.get, "\(server)/readyz") == (200, "ready\n") }
        #expect(try registry.tags == ["a-latest": image])
        let page = try await deployment.ask(.get, "\(server)/")
        #expect(
          page.status == 200 && page.text.hasPrefix("tagkeeper ") && page.text.contains("\nGET /readyz\n"))
        // A hook that is not configured is not there.
        #expect(!page.text.contains("hooks"))
        #expect(try await deployment.ask(.post, "\(server)/hooks/git").status == 404)
      }
    }
  }

  /// As long as the watchdog would wait for, by half.
  @Test func aLoopThatHangsIsNotHealthy() async throws {
    try await withScriptedDeployment(listen: "127.0.0.1:0") { deployment, registry in
      try await deployment.declare(["a": try await deployment.push("ours")])
      let gate = Gate()
      defer { gate.open() }
      registry.configure { $0.gate = { $0.method == "PUT" && $0.path.hasSuffix("/a-latest") ? gate : nil } }
      let daemon = try deployment.startDaemon(environment: ["WATCHDOG_USEC": "1000000"])
      let server = try await deployment.served()
      try await until {
        let (status, text) = try await deployment.ask(.get, "\(server)/healthz")
        return status == 503 && text.hasPrefix("no pass got on for ")
      }
      gate.open()
      try await until { try await deployment.ask(.get, "\(server)/healthz").status == 200 }
      daemon.signal(SIGTERM)
      #expect(await daemon.wait() == .exited(status: 0), "\(deployment.log)")
    }
  }

  @Test func aPortThatIsTakenIsNamedAndNothingIsBegun() async throws {
    let taken = try ClosedPort()
    try await withScriptedDeployment(listen: "127.0.0.1:\(taken.number)") { deployment, _ in
      let finished = try await deployment.tagkeeper("run")
      #expect(finished.status == 1)
      #expect(
        finished.errors == """
          tagkeeper: can't listen on 127.0.0.1:\(taken.number): Address already in use: write another port as \
          listen: in \(deployment.folder("tagkeeper.yaml")), or listen: none

          """)
      #expect(!deployment.folder.exists("state/journal.jsonl"))
      // Others need no port.
      #expect(try await deployment.tagkeeper("plan").errors == "")
    }
  }

  @Test func whereOthersReachItIsWarnedOf() async throws {
    try await withScriptedDeployment(listen: "0.0.0.0:0") { deployment, _ in
      try await deployment.withDaemon { _ in
        try await until {
          deployment.log.contains(#/ warning 0\.0\.0\.0:\d+ can be reached from other machines: /#)
        }
      }
    }
  }

  @Test func aSecretThatCouldBeGuessedIsRefusedUnseen() async throws {
    let settings = "hooks: {git: {secretFile: hook}, registry: {secretEnv: HOOK}}"
    try await withScriptedDeployment(settings: settings, listen: "127.0.0.1:0") { deployment, _ in
      func refusal(_ environment: [String: String] = [:]) async throws -> String {
        let finished = try await deployment.tagkeeper("run", environment: environment)
        #expect(finished.status == 1)
        return finished.errors
      }
      let path = deployment.folder("hook")
      let remedy = "make one, as openssl rand -hex 32 does, and tell it to the sender too\n"
      #expect(
        try await refusal()
          == "tagkeeper: the secret of the hook git: can't open \(path): No such file or directory\n")
      try deployment.folder.write("\n", to: "hook")
      #expect(
        try await refusal()
          == "tagkeeper: \(path) can't be the secret of the hook git: it is empty: \(remedy)")
      try deployment.folder.write("\(testSecret("hook"))\n", to: "hook")
      let what = "tagkeeper: the environment variable HOOK can't be the secret of the hook registry: "
      #expect(try await refusal() == "\(what)it is empty: \(remedy)")
      #expect(try await refusal(["HOOK": "guess me"]) == "\(what)it has 8 bytes, fewer than 16: \(remedy)")
    }
  }
}
