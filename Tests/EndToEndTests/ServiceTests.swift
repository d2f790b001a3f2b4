import FoundationEssentials
import Glibc
import LinuxSystem
import TestSupport
import Testing

/// The daemon as a service manager sees it: sd_notify(3), against a socket of the test's own.
@Suite(.timeLimit(.minutes(10))) struct ServiceTests {
  @Test func itsStartItsLifeAndItsStopAreTold() async throws {
    try await withScriptedDeployment(settings: "poll: 1s\nsweep: 1s") { deployment, registry in
      try await deployment.declare(["a": try await deployment.push("ours")])
      let listener = try NotifyListener(deployment.folder("notify"))
      let daemon = try deployment.startDaemon(
        environment: ["NOTIFY_SOCKET": listener.address, "WATCHDOG_USEC": "300000"])
      try await until { listener.messages.contains { $0.hasPrefix("STATUS=latest: 1 created in ") } }
      try await until { listener.messages.contains { $0.hasPrefix("STATUS=latest: 1 in sync in ") } }
      try await until { listener.count("WATCHDOG=1") >= 3 }
      #expect(listener.messages.first == "READY=1" && listener.count("READY=1") == 1)
      #expect(!listener.messages.contains("STOPPING=1"))
      daemon.signal(SIGTERM)
      #expect(await daemon.wait() == .exited(status: 0), "\(deployment.log)")
      try await until { listener.messages.contains("STOPPING=1") }
    }
  }

  /// Whoever starts it waits neither for a registry nor for a pass.
  @Test func aRegistryThatSaysNothingKeepsNobodyFromReadiness() async throws {
    try await withScriptedDeployment { deployment, registry in
      try await deployment.declare(["a": try await deployment.push("ours")])
      let gate = Gate()
      defer { gate.open() }
      registry.configure { $0.gate = { _ in gate } }
      let listener = try NotifyListener("@\(deployment.folder("notify"))")
      let daemon = try deployment.startDaemon(environment: ["NOTIFY_SOCKET": listener.address])
      try await until { listener.messages.contains("READY=1") }
      daemon.kill()
      _ = await daemon.wait()
    }
  }

  @Test func whatIsNoConfigurationIsNotReady() async throws {
    try await withScriptedDeployment { deployment, _ in
      try deployment.folder.write("version: 1\n", to: "tagkeeper.yaml")
      let listener = try NotifyListener(deployment.folder("notify"))
      let daemon = try deployment.startDaemon(environment: ["NOTIFY_SOCKET": listener.address])
      #expect(await daemon.wait() == .exited(status: 1))
      #expect(listener.messages.isEmpty)
    }
  }

  /// What fails at every start leaves no line each time.
  @Test func whatCanNotStartLeavesNothingInTheJournal() async throws {
    try await withScriptedDeployment(settings: "verify: {keys: missing}") { deployment, _ in
      let finished = try await deployment.tagkeeper("run")
      #expect(finished.status == 1 && finished.errors.contains("verify: can't open "), "\(finished)")
      #expect(try deployment.folder.read("state/journal.jsonl") == "")
    }
  }

  /// A pass whose requests get no answer is no sign of life; the next answer is.
  @Test func aLoopThatHangsStopsTheFeeding() async throws {
    try await withScriptedDeployment { deployment, registry in
      try await deployment.declare(["a": try await deployment.push("ours")])
      let gate = Gate()
      defer { gate.open() }
      registry.configure { $0.gate = { $0.method == "PUT" && $0.path.hasSuffix("/a-latest") ? gate : nil } }
      let listener = try NotifyListener(deployment.folder("notify"))
      let daemon = try deployment.startDaemon(
        environment: ["NOTIFY_SOCKET": listener.address, "WATCHDOG_USEC": "1000000"])
      try await until { deployment.log.contains("the watchdog is not fed") }
      let fed = listener.count("WATCHDOG=1")
      try await Task.sleep(for: .seconds(2))
      #expect(listener.count("WATCHDOG=1") == fed)
      gate.open()
      try await until { listener.count("WATCHDOG=1") > fed }
      daemon.signal(SIGTERM)
      #expect(await daemon.wait() == .exited(status: 0), "\(deployment.log)")
    }
  }

  @Test func noChildHearsOfTheServiceManager() async throws {
    try await withScriptedDeployment { deployment, registry in
      let image = try await deployment.push("ours")
      try await deployment.declare(["a": image])
      let (folder, listener) = (deployment.folder, try NotifyListener(deployment.folder("notify")))
      try folder.write(
        "#!/bin/sh\nenv >> \(folder("environment"))\nexec /usr/bin/git \"$@\"\n", to: "bin/git")
      #expect(chmod(folder("bin/git"), 0o755) == 0)
      let daemon = try deployment.startDaemon(environment: [
        "PATH": "\(folder("bin")):/usr/bin:/bin", "NOTIFY_SOCKET": listener.address,
        "WATCHDOG_USEC": "9000000",
        "OTHER": "kept",
      ])
      try await registry.waitUntil(["a-latest": image])
      daemon.signal(SIGTERM)
      #expect(await daemon.wait() == .exited(status: 0), "\(deployment.log)")
      let environment = try folder.read("environment")
      #expect(environment.contains("OTHER=kept"))
      #expect(!environment.contains("NOTIFY_SOCKET") && !environment.contains("WATCHDOG_"))
    }
  }

  @Test func aSocketThatIsNoneIsRefused() async throws {
    try await withScriptedDeployment { deployment, _ in
      let finished = try await deployment.tagkeeper("run", environment: ["NOTIFY_SOCKET": "notify"])
      #expect(finished.status == 1)
      #expect(
        finished.errors
          == "tagkeeper: can't use NOTIFY_SOCKET notify: Address family not supported by protocol: "
          + "unset it, or name a socket by an absolute path or @NAME of at most 107 bytes\n")
    }
  }
}
