import FoundationEssentials
import Glibc
import LinuxSystem
import Model
import Registry
import TestSupport
import Testing

/// The daemon as a process: its signals, its lock, its log, and what it leaves alone.
struct DaemonTests {
  @Test(.timeLimit(.minutes(10))) func aHangUpComparesEveryTagAtOnce() async throws {
    try await withScriptedDeployment { deployment, registry in
      let image = try await deployment.push("ours")
      try await deployment.declare(["a": image])
      // Applied by an earlier process: drift counts at once only where this one did not write just now.
      #expect(try await deployment.apply().status == 0)
      let asked = registry.count("HEAD")
      try await deployment.withDaemon { daemon in
        try await until { registry.count("HEAD") > asked }
        try await deployment.move("a-latest", to: "theirs")
        daemon.signal(SIGHUP)
        try await registry.waitUntil(["a-latest": image])
        try await until { deployment.log.contains("(drift)") }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aTerminationLetsTheRequestInFlightFinish() async throws {
    try await withScriptedDeployment { deployment, registry in
      let image = try await deployment.push("ours")
      try await deployment.declare(["a": image])
      let gate = Gate()
      defer { gate.open() }
      registry.configure { $0.gate = { $0.method == "PUT" && $0.path.hasSuffix("/a-latest") ? gate : nil } }
      let daemon = try deployment.startDaemon()
      try await registry.waitUntil(["a-latest": image])
      daemon.signal(SIGTERM)
      try await until { try !deployment.hasPendingSignals(daemon.id) }
      gate.open()
      #expect(await daemon.wait() == .exited(status: 0))
      let journal = try deployment.folder.read("state/journal.jsonl")
      #expect(journal.contains(#""tag":"a-latest","action":"create""#), "\(journal)")
    }
  }

  @Test(.timeLimit(.minutes(10))) func whatATerminationKeepsFromBeingSentHasNotFailed() async throws {
    try await withScriptedDeployment { deployment, registry in
      var declared: [String: Digest] = [:]
      for number in 0..<5 { declared["i\(number)"] = try await deployment.push("image \(number)") }
      try await deployment.declare(declared)
      let gate = Gate()
      defer { gate.open() }
      // The manifests come once the client refuses requests: no PUT can be sent.
      registry.configure { $0.gate = { $0.method == "GET" && $0.path.contains("/manifests/") ? gate : nil } }
      let before = registry.count("GET")
      let daemon = try deployment.startDaemon()
      try await until { registry.count("GET") >= before + 5 }
      daemon.signal(SIGTERM)
      try await until { try !deployment.hasPendingSignals(daemon.id) }
      gate.open()
      #expect(await daemon.wait() == .exited(status: 0))
      #expect(!deployment.log.contains("failed"), "\(deployment.log)")
      registry.configure { $0.gate = nil }
      let next = try await deployment.apply()
      #expect(next.status == 0)
      #expect(try registry.tags.count == 5)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aTerminationDoesNotWaitForAnAnswerThatNeverComes() async throws {
    try await withScriptedDeployment { deployment, registry in
      let image = try await deployment.push("ours")
      try await deployment.declare(["a": image])
      let gate = Gate()
      defer { gate.open() }
      registry.configure { $0.gate = { $0.method == "PUT" && $0.path.hasSuffix("/a-latest") ? gate : nil } }
      let daemon = try deployment.startDaemon()
      try await registry.waitUntil(["a-latest": image])
      daemon.signal(SIGTERM)
      #expect(await daemon.wait() == .exited(status: 0))
      // It was the deadline that ended it, not the request's own.
      #expect(!deployment.log.contains("the server fell silent"), "\(deployment.log)")
      // What became of it, the next process finds out.
      registry.configure { $0.gate = nil }
      let next = try await deployment.apply()
      #expect(next.status == 0)
      #expect(next.lines == [])
      #expect(next.inSync == 1)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aSecondWriterIsRefusedAndTheFirstIsNamed() async throws {
    try await withScriptedDeployment { deployment, registry in
      let image = try await deployment.push("ours")
      try await deployment.declare(["a": image])
      try await deployment.withDaemon { daemon in
        try await registry.waitUntil(["a-latest": image])
        let refusal =
          "tagkeeper: can't lock \(deployment.folder("state/lock")): process \(daemon.id) holds it: "
          + "one daemon or apply at a time writes from a state directory\n"
        for command in ["run", "apply"] {
          let second = try await deployment.tagkeeper(command)
          #expect(second.status == 1)
          #expect(second.output == "")
          #expect(second.errors == refusal)
        }
        // Who only reads is welcome.
        #expect(try await deployment.plan().status == 0)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aQuietSweepSaysNothing() async throws {
    try await withScriptedDeployment(settings: "poll: 1s\nsweep: 1s") { deployment, registry in
      let image = try await deployment.push("ours")
      try await deployment.declare(["a": image, "b": image])
      try await deployment.withDaemon { _ in
        try await until { deployment.log.contains("2 created") }
        // The pass that knows the whole history ends the first one: one line more, and the last.
        try await until {
          try deployment.folder.read("state/journal.jsonl").contains(#""endsFirstPass":true"#)
        }
        let (log, journal) = (deployment.log, try deployment.folder.read("state/journal.jsonl"))
        try await registry.waitForSweeps(5)
        #expect(deployment.log == log)
        #expect(try deployment.folder.read("state/journal.jsonl") == journal)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func theWorkingTreeIsNeitherReadNorChanged() async throws {
    try await withScriptedDeployment { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first])
      try await deployment.git.checkOut("other")
      let linked = try await deployment.git.addWorktree(deployment.folder("linked"), branch: "production")
      let state = try deployment.folder.read("linked/desired-state/images.yaml")
      try deployment.folder.write(
        state.replacing("    a:", with: "    staged:"), to: "checkout/desired-state/images.yaml")
      try await deployment.git.git("add", "desired-state")
      try deployment.folder.write(
        state.replacing("    a:", with: "    edited:"), to: "checkout/desired-state/images.yaml")
      try deployment.folder.write(state, to: "checkout/desired-state/untracked.yaml")
      let before = try deployment.checkoutFiles()
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": first])
        try await linked.commit(
          ["desired-state/images.yaml": state.replacing("\(first)", with: "\(second)")])
        try await registry.waitUntil(["a-latest": second])
      }
      #expect(try await deployment.apply().lines == [])
      #expect(try registry.tags == ["a-latest": second])
      #expect(try deployment.checkoutFiles() == before)
    }
  }

  @Test(.timeLimit(.minutes(10))) func jsonLogLinesHaveStableKeys() async throws {
    try await withScriptedDeployment(settings: "poll: 1s\nsweep: 7d") { deployment, registry in
      let image = try await deployment.push("ours")
      try await deployment.declare(["a": image, "b": digest(9)])
      try await deployment.withDaemon("--log-format", "json") { _ in
        try await until { deployment.log.contains(#""event":"pass""#) }
        try await deployment.git.git("branch", "-q", "-m", "production", "elsewhere")
        try await until { deployment.log.contains(#""event":"held""#) }
        try await deployment.git.git("branch", "-q", "-m", "elsewhere", "production")
        try await until { deployment.log.contains(#""event":"resumed""#) }
      }
      struct Line: Decodable {
        let time: String, level: String, event: String, message: String
        let channel: String?, commit: String?
      }
      let change =
        "time level event message channel commit repository image tag action from to cause copiedFrom reason outcome"
      let keys = [
        "notice": "time level event message", "change": change,
        "pass": "time level event message channel commit summary milliseconds",
        "held": "time level event message channel", "resumed": "time level event message channel",
      ]
      var events: Set<String> = []
      for line in deployment.log.split(separator: "\n") {
        let decoded = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        events.insert(decoded.event)
        _ = try Timestamp(decoded.time)
        #expect(topLevelKeys(line) == keys[decoded.event], "\(line)")
      }
      #expect(events == Set(keys.keys))
    }
  }
}

/// The keys of a JSON object on one line, in their order: what stands before a colon at depth 1.
private func topLevelKeys(_ line: Substring) -> String {
  var (depth, keys, string) = (0, [String](), "")
  var (isQuoted, isEscaped) = (false, false)
  for character in line {
    if isQuoted {
      if isEscaped || character != "\"" { string.append(character) } else { isQuoted = false }
      isEscaped = !isEscaped && character == "\\"
      continue
    }
    switch character {
    case "\"": (isQuoted, string) = (true, "")
    case "{", "[": depth += 1
    case "}", "]": depth -= 1
    case ":" where depth == 1: keys.append(string)
    default: break
    }
  }
  return keys.joined(separator: " ")
}

extension Deployment {
  /// Every file of the working tree, with the index and HEAD: content and time of change.
  fileprivate func checkoutFiles() throws -> [String: String] {
    var files: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: checkout)
    where !name.hasPrefix(".git/") || [".git/HEAD", ".git/index"].contains(name) {
      guard let bytes = FileManager.default.contents(atPath: "\(checkout)/\(name)") else { continue }
      let changed = try FileManager.default.attributesOfItem(atPath: "\(checkout)/\(name)")[.modificationDate]
      files[name] = "\(sha256(Array(bytes))) \(changed as? Date ?? .distantPast)"
    }
    return files
  }

  /// Whether a signal to the process waits to be taken (proc_pid_status(5), `ShdPnd`).
  fileprivate func hasPendingSignals(_ process: Int32) throws -> Bool {
    guard let status = FileManager.default.contents(atPath: "/proc/\(process)/status") else { return false }
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix("ShdPnd:")
    }
    return line.map { $0.dropFirst(7).contains { $0 != "0" && !$0.isWhitespace } } ?? false
  }
}
