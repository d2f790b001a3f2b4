import Glibc
import LinuxSystem
import Testing

/// An ssh that says nothing for minutes, and does not heed SIGTERM. It and its child hold a named pipe open, whose
/// reader sees the end only when both are gone.
package struct HangingSSH: Sendable {
  private let fifo: String
  /// What git is given in place of ssh.
  package let command: String

  package init(in directory: TemporaryDirectory) throws {
    fifo = directory("alive")
    try #require(mkfifo(fifo, 0o600) == 0)
    let script = try directory.write(
      "exec 3>'\(fifo)'\ntrap '' TERM\necho started >&3\nsleep 300\nsleep 300\n", to: "hanging-ssh")
    command = "sh \(script)"
  }

  /// Returns when it was started and is gone with its child.
  package func waitUntilGone(afterStart act: @escaping @Sendable () -> Void = {}) async throws {
    try await ChildProcess.converse(with: Command("/bin/cat", [fifo], environment: [:])) { conversation in
      conversation.allow(.seconds(60))
      let started = try conversation.read(through: UInt8(ascii: "\n"))
      #expect(started == Array("started".utf8))
      act()
      let rest = try conversation.readToEnd(limit: 0)
      #expect(rest == [])
    }
  }
}
