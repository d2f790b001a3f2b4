import Glibc
import LinuxSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct FilesTests {
  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  private func names(_ directory: TemporaryDirectory) async throws -> String {
    let command = Command("/bin/ls", ["-A", directory.path], environment: [:])
    let listing = try await ChildProcess.run(command, timeout: .seconds(30))
    return String(decoding: listing.output, as: UTF8.self)
  }

  /// A circle of links stands for all that root can't be kept from: stat(2) fails, and does not say that nothing is there.
  @Test func whatMayExist() async throws {
    try await withTemporaryDirectory { directory in
      try directory.write("", to: "file")
      try #require(symlink("file", directory("link")) == 0)
      try #require(symlink("nothing", directory("dangling")) == 0)
      try #require(symlink("circle", directory("circle")) == 0)
      for path in [".", "file", "link", "circle", "circle/file"] {
        #expect(mayExist(directory(path)), "\(path)")
      }
      for path in ["nothing", "nothing/file", "file/below", "dangling", "dangling/file"] {
        #expect(!mayExist(directory(path)), "\(path)")
      }
    }
  }

  @Test func replacementKeepsModeAndLinkAndLeavesNothingElse() async throws {
    try await withTemporaryDirectory { directory in
      try directory.write("old", to: "file")
      chmod(directory("file"), 0o640)
      try #require(symlink("file", directory("link")) == 0)
      try FileReplacement.replace(directory("link"), with: Array("new".utf8))
      #expect(try directory.read("file") == "new")
      #expect(mode(directory("file")) == 0o640)
      #expect(try await names(directory) == "file\nlink\n")
      try FileReplacement.replace(directory("fresh"), with: [], mode: 0o644)
      #expect(mode(directory("fresh")) == 0o644)
    }
  }

  @Test func failedReplacementLeavesTheOldFile() async throws {
    try await withTemporaryDirectory { directory in
      try directory.write("", to: "folder/inside")
      let error = #expect(throws: SystemError.self) {
        try FileReplacement.replace(directory("folder"), with: [1])
      }
      #expect(error?.description == "can't replace \(directory("folder")): Is a directory")
      #expect(try await names(directory) == "folder\n")
      let missing = #expect(throws: SystemError.self) {
        try FileReplacement.replace(directory("no/file"), with: [1])
      }
      #expect(missing?.code == ENOENT)
    }
  }

  @Test func recordsAreAppendedAcrossOpenings() async throws {
    try await withTemporaryDirectory { directory in
      do {
        let file = try AppendFile(directory("journal"))
        try file.append(Array("one\n".utf8))
        try file.append(Array("tw".utf8))
        try file.synchronize()
      }
      #expect(mode(directory("journal")) == 0o600)
      let file = try AppendFile(directory("journal"))
      let size = try file.size()
      #expect(size == 6)
      try file.truncate(to: 4)
      try file.append(Array("three\n".utf8))
      #expect(try directory.read("journal") == "one\nthree\n")
    }
  }

  @Test func fullDiskIsReported() throws {
    let file = try AppendFile("/dev/full")
    let error = #expect(throws: SystemError.self) { try file.append([1]) }
    #expect(error?.description == "can't append to /dev/full: No space left on device")
  }

  @Test func lockExcludesAndNamesItsHolder() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory("lock")
      do {
        let lock = try LockFile(path)
        let failure = #expect(throws: LockFile.Failure.self) { _ = try LockFile(path) }
        #expect(failure?.description == "can't lock \(path): process \(getpid()) holds it")
        _ = consume lock
      }
      _ = try LockFile(path)
    }
  }

  /// The holder is another process, killed: nothing has to be cleaned up.
  @Test func lockDiesWithItsProcess() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory("lock")
      let holder = Command(
        "flock", [path, "sh", "-c", "echo 1 > '\(path)'; echo held; exec sleep 300"],
        environment: ["PATH": "/usr/bin:/bin"])
      try await ChildProcess.converse(with: holder) { conversation in
        conversation.allow(.seconds(30))
        let line = try conversation.read(through: UInt8(ascii: "\n"))
        #expect(line == Array("held".utf8))
        let failure = #expect(throws: LockFile.Failure.self) { _ = try LockFile(path) }
        #expect(failure == .held(path: path, holder: 1))
        conversation.process.kill()
        _ = try conversation.finish()
      }
      // The lock goes with the last process of the group, which the kernel may still be ending.
      var held = true
      while held {
        do throws(LockFile.Failure) {
          _ = try LockFile(path)
          held = false
        } catch {
          guard case .held = error else { throw error }
          await Task.yield()
        }
      }
    }
  }

  @Test func identityChangesWhenAFolderIsMadeAnew() async throws {
    try await withTemporaryDirectory { directory in
      try directory.write("", to: "a/x")
      let first = try FileIdentity(directory("a"))
      #expect(try FileIdentity(directory("a")) == first)
      try #require(rename(directory("a"), directory("b")) == 0)
      try directory.write("", to: "a/x")
      #expect(try FileIdentity(directory("a")) != first)
      let error = #expect(throws: SystemError.self) { _ = try FileIdentity(directory("none")) }
      #expect(error?.description == "can't look at \(directory("none")): No such file or directory")
    }
  }

  @Test func clocksRun() {
    let (first, second) = (SystemClock.monotonic(), SystemClock.monotonic())
    #expect(first <= second)
    #expect(SystemClock.sinceEpoch() > .seconds(1_700_000_000))
  }
}
