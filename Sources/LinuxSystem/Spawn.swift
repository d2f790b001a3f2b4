import CLinux
import Glibc

/// What a child gets as its standard streams.
struct Streams: ~Copyable {
  let input: FileDescriptor
  let output: FileDescriptor
  let errorOutput: FileDescriptor
}

/// One posix_spawn(3): a process group or session of its own, no signal blocked, ignored or handled, and no
/// descriptor but the three streams.
struct Spawn: ~Copyable {
  private let command: Command
  private let streams: Streams

  init(_ command: Command, streams: consuming Streams) {
    self.command = command
    self.streams = streams
  }

  /// The id of the new process.
  func start() throws(SystemError) -> Int32 {
    guard let path = command.executablePath() else {
      throw SystemError("find it in PATH", code: ENOENT)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    resetSignalsAndGroup(&attributes)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    try layOut(&actions)
    let environment = command.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var id: pid_t = 0
    let code = withCStrings([command.executable] + command.arguments) { arguments in
      withCStrings(environment) { posix_spawn(&id, path, &actions, &attributes, arguments, $0) }
    }
    guard code == 0 else { throw failure(code, path) }
    return id
  }

  private func resetSignalsAndGroup(_ attributes: inout posix_spawnattr_t) {
    var (every, none) = (sigset_t(), sigset_t())
    sigfillset(&every)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &every)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    // The leader of a session is its group's, too, and may not ask for one (setpgid(2)).
    let group = command.leavesTerminal ? tagkeeper_spawn_setsid() : Int16(POSIX_SPAWN_SETPGROUP)
    posix_spawnattr_setflags(
      &attributes, group | Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
  }

  private func layOut(_ actions: inout posix_spawn_file_actions_t) throws(SystemError) {
    let streams = [streams.input.rawValue, streams.output.rawValue, streams.errorOutput.rawValue]
    var code: Int32 = 0
    for (target, source) in streams.enumerated() where code == 0 {
      code = posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
    }
    if code == 0 { code = tagkeeper_spawn_closefrom(&actions, 3) }
    if code == 0, let folder = command.workingDirectory { code = tagkeeper_spawn_chdir(&actions, folder) }
    guard code == 0 else { throw SystemError("prepare its streams", code: code) }
  }

  /// posix_spawn(3) says only that something failed: a folder that is no folder is found by looking.
  private func failure(_ code: Int32, _ path: String) -> SystemError {
    if let folder = command.workingDirectory, access(folder, X_OK) != 0 {
      return .current("enter the folder", path: folder)
    }
    return SystemError("execute", path: path, code: code)
  }
}

/// Calls `body` with `strings` as C's argument vectors are, ended by a null.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let pointers = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
}
