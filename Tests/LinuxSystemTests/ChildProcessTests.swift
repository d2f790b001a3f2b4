import Glibc
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ChildProcessTests {
  private func shell(_ script: String, environment: [String: String] = [:]) -> Command {
    Command("/bin/sh", ["-c", script], environment: environment)
  }

  private func text(_ command: Command, input: String = "") async throws -> String {
    let done = try await ChildProcess.run(command, input: Array(input.utf8), timeout: .seconds(30))
    #expect(done.termination == .exited(status: 0))
    return String(decoding: done.output, as: UTF8.self)
  }

  @Test func outputErrorOutputAndStatusAreCollected() async throws {
    let done = try await ChildProcess.run(shell("echo out; echo err >&2; exit 7"), timeout: .seconds(30))
    #expect(done.output == Array("out\n".utf8))
    #expect(done.errorOutput == Array("err\n".utf8))
    #expect(done.termination == .exited(status: 7))
    #expect(done.termination.description == "exit status 7")
  }

  @Test func signalIsTold() async throws {
    let done = try await ChildProcess.run(shell("kill -TERM $$"), timeout: .seconds(30))
    #expect(done.termination == .killed(signal: SIGTERM))
    #expect(done.termination.description == "killed by signal 15 (Terminated)")
  }

  /// Megabytes through all three pipes at once stop at none of them.
  @Test func pipesAreDrainedConcurrently() async throws {
    let input = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
    let done = try await ChildProcess.run(
      shell("tee /dev/stderr"), input: input, timeout: .seconds(30))
    #expect(done.output == input)
    #expect(done.errorOutput.count == 64 << 10)
  }

  @Test func inputThatNobodyReadsIsDropped() async throws {
    let input = [UInt8](repeating: 0, count: 1 << 20)
    let done = try await ChildProcess.run(shell("exec 0<&-; echo done"), input: input, timeout: .seconds(30))
    #expect(done.output == Array("done\n".utf8))
  }

  @Test func grandchildThatHoldsThePipesIsNotWaitedFor() async throws {
    let done = try await ChildProcess.run(shell("sleep 300 & echo $!"), timeout: .seconds(30))
    let grandchild = try #require(pid_t(String(decoding: done.output.dropLast(), as: UTF8.self)))
    #expect(kill(grandchild, SIGKILL) == 0)
  }

  @Test func tooMuchOutputIsAnErrorAndEndsIt() async throws {
    let command = shell("while :; do echo 0123456789; done")
    let error = await #expect(throws: ChildProcessError.self) {
      try await ChildProcess.run(command, outputLimit: 1000, timeout: .seconds(30))
    }
    #expect(error?.code == .outputTooLarge)
    #expect(
      error?.description
        == "/bin/sh -c 'while :; do echo 0123456789; done': wrote more than 1000 bytes and was killed")
  }

  @Test func timeoutKillsTheWholeGroup() async throws {
    try await withTemporaryDirectory { directory in
      let holder = try Holder(directory)
      let task = Task { try await ChildProcess.run(holder.command, timeout: .milliseconds(700)) }
      try await holder.waitUntilGone()
      let error = await #expect(throws: ChildProcessError.self) { try await task.value }
      #expect(error?.code == .timedOut)
      #expect(error?.problem == "no answer within 0.7 seconds, so it was killed")
      #expect(error?.errorOutput == "waiting")
    }
  }

  @Test func endlessErrorOutputDoesNotPutTheTimeoutOff() async throws {
    let command = shell("while :; do echo 0123456789; done >&2")
    let error = await #expect(throws: ChildProcessError.self) {
      try await ChildProcess.run(command, timeout: .milliseconds(300))
    }
    #expect(error?.code == .timedOut)
  }

  @Test func cancellationKillsTheGroup() async throws {
    try await withTemporaryDirectory { directory in
      let holder = try Holder(directory)
      let task = Task { try await ChildProcess.run(holder.command, timeout: .seconds(60)) }
      try await holder.waitUntilGone(afterStart: { task.cancel() })
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func graceLetsTheGroupEndByItself() async throws {
    try await withTemporaryDirectory { directory in
      let trap = "trap 'echo bye > \(directory("last")); exit 3' TERM; sleep 300 & wait"
      let error = await #expect(throws: ChildProcessError.self) {
        try await ChildProcess.run(shell(trap), timeout: .milliseconds(700), grace: .seconds(5))
      }
      #expect(error?.code == .timedOut)
      let last = try directory.read("last")
      #expect(last == "bye\n")
    }
  }

  /// Also where its leader heeds the signal.
  @Test(arguments: ["", "trap '' TERM; "]) func whatOutlivesTheGraceIsKilled(_ heed: String) async throws {
    try await withTemporaryDirectory { directory in
      let holder = try Holder(directory, heed: heed, child: "trap '' TERM; ")
      let task = Task {
        try await ChildProcess.run(holder.command, timeout: .milliseconds(700), grace: .milliseconds(200))
      }
      try await holder.waitUntilGone()
      let error = await #expect(throws: ChildProcessError.self) { try await task.value }
      #expect(error?.code == .timedOut)
    }
  }

  @Test func cancellationKillsWhatOutlivesTheGrace() async throws {
    try await withTemporaryDirectory { directory in
      let holder = try Holder(directory, child: "trap '' TERM; ")
      let task = Task {
        try await ChildProcess.run(holder.command, timeout: .seconds(60), grace: .milliseconds(200))
      }
      try await holder.waitUntilGone(afterStart: { task.cancel() })
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  /// Columns 1, 5 and 6 of proc(5), /proc/pid/stat: id, group, session.
  @Test func aTerminalIsLeftWithItsSession() async throws {
    let script =
      "read -r id _ _ _ group session _ < /proc/self/stat; echo $((id == group)) $((id == session))"
    var command = shell(script)
    #expect(try await text(command) == "1 0\n")
    command.leavesTerminal = true
    #expect(try await text(command) == "1 1\n")
  }

  @Test func onlyTheGivenEnvironmentIsPassed() async throws {
    let command = Command("/usr/bin/env", environment: ["B": "2", "A": "x y"])
    #expect(try await text(command) == "A=x y\nB=2\n")
  }

  @Test func nothingButThreeDescriptorsIsInherited() async throws {
    let leaky = open("/dev/null", O_RDONLY)  // without O_CLOEXEC
    defer { close(leaky) }
    #expect(
      try await text(shell("ls /proc/self/fd | wc -l", environment: ["PATH": "/usr/bin:/bin"])) == "4\n")
  }

  /// The worker's own mask blocks every signal: a child that kept it could not be ended by SIGTERM. The
  /// signals 32 and 33 are glibc's own, which posix_spawn(3) leaves ignored.
  @Test func signalMaskAndDispositionsAreReset() async throws {
    let previous = signal(SIGUSR2, SIG_IGN)
    defer { signal(SIGUSR2, previous) }
    let status = try await text(
      Command("/bin/grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"], environment: [:]))
    #expect(status == "SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n")
  }

  @Test func workingDirectoryIsEntered() async throws {
    try await withTemporaryDirectory { directory in
      let entered = try await text(
        Command("/bin/pwd", environment: [:], workingDirectory: directory.path))
      #expect(entered == directory.path + "\n")
    }
  }

  @Test func missingProgramIsNamed() async {
    let error = await #expect(throws: ChildProcessError.self) {
      try await ChildProcess.run(
        Command("no-such-program", ["a b"], environment: ["PATH": "/bin"]), timeout: .seconds(30))
    }
    #expect(error?.code == .notFound)
    #expect(
      error?.description
        == "no-such-program 'a b': not started: can't find it in PATH: No such file or directory")
  }

  @Test func missingFolderIsNamed() async {
    let error = await #expect(throws: ChildProcessError.self) {
      try await ChildProcess.run(
        Command("/bin/sh", environment: [:], workingDirectory: "/no/such"), timeout: .seconds(30))
    }
    #expect(error?.code == .system)
    #expect(
      error?.description
        == "/bin/sh: not started: can't enter the folder /no/such: No such file or directory")
  }

  @Test func longRunningProcessIsStartedAndEnded() async throws {
    try await withTemporaryDirectory { directory in
      let process = try ChildProcess.start(
        shell("trap 'echo bye; exit 3' TERM; kill -TERM $$; sleep 300"), output: .file(directory("out")),
        errorOutput: .file(directory("err")))
      #expect(await process.wait() == .exited(status: 3))
      #expect(process.termination == .exited(status: 3))
      #expect(try directory.read("out") == "bye\n")
      #expect(try directory.read("err") == "")
      process.signal(SIGKILL)  // to nobody: the id may be another's by now
    }
  }

  @Test func lettingGoOfAProcessEndsIt() async throws {
    try await withTemporaryDirectory { directory in
      let holder = try Holder(directory)
      let process = Slot(try ChildProcess.start(holder.command))
      try await holder.waitUntilGone(afterStart: { process.clear() })
    }
  }

  @Test func conversationAsksAndAnswers() async throws {
    let answers = try await ChildProcess.converse(with: shell("cat")) { conversation in
      conversation.allow(.seconds(30))
      var answers: [[UInt8]?] = []
      for question in ["one\n", "two\nrest"] {
        conversation.send(question.utf8)
        answers.append(try conversation.read(through: UInt8(ascii: "\n")))
      }
      answers.append(try conversation.read(count: 2))
      conversation.finishInput()
      let late = #expect(throws: ChildProcessError.self) { _ = try conversation.read(count: 3) }
      #expect(late?.code == .ended)
      let end = try conversation.finish()
      #expect(end == .exited(status: 0))
      return answers
    }
    #expect(answers == [Array("one".utf8), Array("two".utf8), Array("re".utf8)])
  }
}

/// A shell whose child holds a named pipe open: the pipe's reader sees its end only when both are gone.
private struct Holder {
  private let fifo: String
  let command: Command

  /// - Parameters:
  ///   - heed: What the shell does first.
  ///   - child: What its child does first.
  init(_ directory: TemporaryDirectory, heed: String = "", child: String = "") throws {
    fifo = directory("alive")
    try #require(mkfifo(fifo, 0o600) == 0)
    let script =
      "\(heed)(\(child)exec 3>'\(fifo)'; echo started >&3; exec sleep 300) & echo waiting >&2; wait"
    command = Command("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
  }

  func waitUntilGone(afterStart act: @escaping @Sendable () -> Void = {}) async throws {
    try await ChildProcess.converse(with: Command("/bin/cat", [fifo], environment: [:])) { conversation in
      conversation.allow(.seconds(40))
      let started = try conversation.read(through: UInt8(ascii: "\n"))
      #expect(started == Array("started".utf8))
      act()
      let rest = try conversation.readToEnd(limit: 0)
      #expect(rest == [])
    }
  }
}

private final class Slot: Sendable {
  private let process: Mutex<ChildProcess?>
  init(_ process: ChildProcess) { self.process = Mutex(process) }
  func clear() { process.withLock { $0 = nil } }
}
