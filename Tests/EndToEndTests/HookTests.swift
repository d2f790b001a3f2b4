import FoundationEssentials
import Glibc
import HTTPClient
import LinuxSystem
import Model
import TestSupport
import Testing

/// Hints by which a daemon looks at once that else would look in a day.
@Suite(.timeLimit(.minutes(60))) struct HookTests {
  private static let hooks = "hooks: {git: {secretFile: hook}, registry: {secretFile: hook}}"

  private func withHooks(
    bare: Bool = false, channels: String = #"latest: {branch: production, tag: "{image}-latest"}"#,
    settings: String, _ body: (Deployment, FakeRegistry) async throws -> Void
  ) async throws {
    try await withScriptedDeployment(
      bare: bare, channels: channels, settings: "\(settings)\n\(Self.hooks)", listen: "127.0.0.1:0"
    ) { deployment, registry in
      try deployment.folder.write("\(testSecret("hook"))\n", to: "hook")
      try await body(deployment, registry)
    }
  }

  @Test func aForgesHintMakesACommitLiveAndAWrongOneFetchesNothing() async throws {
    try await withHooks(
      bare: true, channels: #"latest: {branch: origin/production, tag: "{image}-latest"}"#,
      settings: "poll: 1h\nsweep: 7d\nfetch: {interval: 1d}"
    ) { deployment, registry in
      let (folder, first) = (deployment.folder, try await deployment.push("1"))
      try folder.write(
        "#!/bin/sh\necho \"$@\" >> \(folder("commands"))\nexec /usr/bin/git \"$@\"\n", to: "bin/git")
      #expect(chmod(folder("bin/git"), 0o755) == 0)
      try await deployment.declare(["a": first])
      let daemon = try deployment.startDaemon(environment: ["PATH": "\(folder("bin")):/usr/bin:/bin"])
      let hook = try await deployment.served() + "/hooks/git"
      try await registry.waitUntil(["a-latest": first])

      let second = try await deployment.push("2")
      try await deployment.declare(["a": second])
      for headers in [[:], ["X-Gitlab-Token": testSecret("other")], ["X-Hub-Signature-256": "sha256=0"]] {
        #expect(try await deployment.ask(.post, hook, headers: headers).status == 401)
      }
      #expect(
        try await deployment.ask(.post, hook, headers: ["X-Gitlab-Token": testSecret("hook")]) == (
          202, "accepted\n"
        ))
      try await registry.waitUntil(["a-latest": second])
      let fetches = try folder.read("commands").split(separator: "\n").filter { $0.contains("fetch ") }
      #expect(fetches.count == 2, "\(fetches)")
      #expect(deployment.log.ranges(of: " warning a request to /hooks/git").count == 1)
      daemon.signal(SIGTERM)
      #expect(await daemon.wait() == .exited(status: 0), "\(deployment.log)")
    }
  }

  @Test func aRegistrysHintHealsATag() async throws {
    try await withHooks(settings: "poll: 1s\nsweep: 7d") { deployment, registry in
      let ours = try await deployment.push("ours")
      try await deployment.declare(["a": ours])
      try await deployment.withDaemon { _ in
        let hook = try await deployment.served() + "/hooks/registry"
        try await registry.waitUntil(["a-latest": ours])
        try await deployment.move("a-latest", to: "theirs")
        let right = ["Authorization": "Bearer \(testSecret("hook"))"]
        let event = #"{"events":[{"action":"push","request":{"useragent":"docker/28"}}]}"#
        #expect(try await deployment.ask(.post, hook, body: event).status == 401)
        #expect(try await deployment.ask(.post, hook, headers: right, body: event).status == 202)
        try await registry.waitUntil(["a-latest": ours])
      }
    }
  }

  /// Thousands of requests that are wrong in every way, as many as $TAGKEEPER_GARBAGE says.
  @Test func garbageLeavesMemoryFlatAndPassesOnTime() async throws {
    let count = ProcessInfo.processInfo.environment["TAGKEEPER_GARBAGE"].flatMap { Int($0) } ?? 3000
    try await withHooks(settings: "poll: 1h\nsweep: 7d") { deployment, registry in
      let images = [try await deployment.push("1"), try await deployment.push("2")]
      try await deployment.declare(["a": images[0]])
      try await deployment.withDaemon { daemon in
        let url = try await deployment.served()
        let port = try #require(UInt16(url.split(separator: ":").last!))
        try await registry.waitUntil(["a-latest": images[0]])
        try await Self.sendGarbage(500, to: port)
        let before = try Self.residentKiB(daemon.id)

        let flood = Task { try await Self.sendGarbage(count, to: port) }
        let start = SystemClock.monotonic()
        try await deployment.declare(["a": images[1]])
        try await registry.waitUntil(["a-latest": images[1]])
        let duration = SystemClock.monotonic() - start
        try await flood.value
        let growth = try Self.residentKiB(daemon.id) - before
        print("garbage: \(count) requests, \(growth) KiB more, a commit live in \(duration)")
        #expect(growth < 4 << 10)
        #expect(duration < .seconds(10))
        #expect(try await deployment.ask(.get, "\(url)/healthz").status == 200)
      }
    }
  }

  private static func sendGarbage(_ count: Int, to port: UInt16) async throws {
    let body = String(repeating: "x", count: 5000)
    for number in 1...count {
      let client = try await RawClient(port: port)
      let head = "\(number % 2 == 0 ? "git" : "registry") HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
      let request =
        switch number % 5 {
        case 0:
          "POST /hooks/\(head)X-Hub-Signature-256: sha256=\(number)\r\nContent-Length: 5000\r\n\r\n\(body)"
        case 1: "POST /hooks/\(head)Content-Length: 99999999\r\n\r\n\(body)"
        case 2: "GET /hooks/\(number)/\(head)X-Long: \(body)\(body)\(body)\(body)\r\n\r\n"
        case 3: "POST /hooks/\(head)Transfer-Encoding: chunked\r\n\r\n1388\r\n\(body)\r\nzz"
        default: "\u{0}\u{1}\(body)\r\n\r\n"
        }
      await client.send(request)
      // The others never come to an end: their clients just go.
      if number % 5 < 3 { _ = await client.read { !$0.text.isEmpty } }
      client.close()
    }
  }

  /// `VmRSS` (proc_pid_status(5)).
  private static func residentKiB(_ process: Int32) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) })
  }
}
