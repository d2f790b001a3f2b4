import LinuxSystem
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct NotifySocketTests {
  /// Paths and abstract names, up to the longest ones.
  @Test(arguments: ["path", "longest path", "abstract", "longest abstract"])
  func messagesArriveInOrder(_ kind: String) async throws {
    try await withTemporaryDirectory { folder in
      let start = kind.hasSuffix("abstract") ? "@\(folder.path)" : folder("socket")
      let address =
        kind.hasPrefix("longest")
        ? start + String(repeating: "x", count: 107 - start.utf8.count) : start
      let listener = try NotifyListener(address)
      let socket = try NotifySocket(address) { Issue.record("\($0)") }
      socket.post("READY=1", "STATUS=all is well")
      for number in 0..<1000 { socket.post("STATUS=\(number)") }
      await socket.flush()
      while listener.messages.count < 1001 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(listener.messages == ["READY=1\nSTATUS=all is well"] + (0..<1000).map { "STATUS=\($0)" })
    }
  }

  @Test(arguments: ["", "notify", "vsock:2:1234", "/" + String(repeating: "x", count: 107)])
  func anAddressThatIsNone(_ address: String) {
    let error = #expect(throws: SystemError.self) { try NotifySocket(address) { _ in } }
    #expect(error?.remedy == "unset it, or name a socket by an absolute path or @NAME of at most 107 bytes")
  }

  @Test func whatNobodyReadsIsToldOnce() async throws {
    try await withTemporaryDirectory { folder in
      let errors = Mutex<[SystemError]>([])
      let socket = try NotifySocket(folder("socket")) { error in errors.withLock { $0.append(error) } }
      socket.post("READY=1")
      socket.post("STOPPING=1")
      await socket.flush()
      #expect(
        errors.withLock { $0.map(\.description) } == [
          "can't notify the service manager at \(folder("socket")): No such file or directory"
        ])
    }
  }
}

@Suite struct NotifyEnvironmentTests {
  @Test(
    arguments: [
      ([:], nil), (["WATCHDOG_USEC": ""], nil), (["WATCHDOG_USEC": "3000000"], .seconds(3)),
      (["WATCHDOG_USEC": "500", "WATCHDOG_PID": "77"], .microseconds(500)),
      (["WATCHDOG_USEC": "500", "WATCHDOG_PID": "78"], nil),
      // Another process's is none of ours, whatever it is.
      (["WATCHDOG_USEC": "x", "WATCHDOG_PID": "78"], nil),
    ] as [([String: String], Duration?)])
  func watchdog(_ environment: [String: String], _ expected: Duration?) throws {
    let wanted = try NotifyEnvironment(environment, processID: 77)
    #expect(wanted.watchdog == expected)
    #expect(wanted.address == nil)
  }

  @Test(arguments: ["0", "-1", "1s", "99999999999999999999"])
  func aWatchdogThatNoManagerSets(_ text: String) {
    #expect(throws: SystemError.self) { try NotifyEnvironment(["WATCHDOG_USEC": text]) }
  }

  @Test(arguments: [("/run/systemd/notify", "/run/systemd/notify"), ("@a", "@a"), ("", nil)])
  func address(_ given: String, _ expected: String?) throws {
    #expect(try NotifyEnvironment(["NOTIFY_SOCKET": given]).address == expected)
  }
}
