import FoundationEssentials
import Glibc
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DirectoryWatcherTests {
  private typealias Event = DirectoryWatcher.Event

  @Test func entriesThatChangeAreNamed() async throws {
    try await withTemporaryDirectory { directory in
      let (events, continuation) = AsyncStream.makeStream(of: Event.self)
      let watcher = try DirectoryWatcher { continuation.yield($0) }
      try watcher.watch([directory.path, directory("missing")])
      try directory.write("x", to: "a")
      try #require(rename(directory("a"), directory("b")) == 0)
      unlink(directory("b"))
      try directory.write("x", to: "end")
      var names: [String] = []
      for await case .entry(let folder, let name) in events {
        #expect(folder == directory.path)
        if name == "end" { break }
        if names.last != name { names.append(name) }
      }
      #expect(names == ["a", "b"])
      withExtendedLifetime(watcher) {}
    }
  }

  @Test func removedFolderIsGoneUntilItIsWatchedAgain() async throws {
    try await withTemporaryDirectory { directory in
      let folder = directory("folder")
      let (events, continuation) = AsyncStream.makeStream(of: Event.self)
      let watcher = try DirectoryWatcher { continuation.yield($0) }
      try #require(mkdir(folder, 0o700) == 0)
      try watcher.watch([folder])
      try #require(rmdir(folder) == 0)
      var iterator = events.makeAsyncIterator()
      #expect(await iterator.next() == .gone(folder: folder))
      try #require(mkdir(folder, 0o700) == 0)
      try watcher.watch([folder])
      try directory.write("x", to: "folder/a")
      var next = await iterator.next()
      if next == .gone(folder: folder) { next = await iterator.next() }
      #expect(next == .entry(folder: folder, name: "a"))
    }
  }

  @Test func folderThatIsNoLongerWantedIsSilent() async throws {
    try await withTemporaryDirectory { directory in
      let (events, continuation) = AsyncStream.makeStream(of: Event.self)
      let watcher = try DirectoryWatcher { continuation.yield($0) }
      for name in ["one", "two"] { try #require(mkdir(directory(name), 0o700) == 0) }
      try watcher.watch([directory("one"), directory("two")])
      try watcher.watch([directory("two")])
      try directory.write("x", to: "one/a")
      try directory.write("x", to: "two/b")
      var iterator = events.makeAsyncIterator()
      #expect(await iterator.next() == .entry(folder: directory("two"), name: "b"))
    }
  }

  /// The thread is held up in its first event until more have come than the kernel keeps.
  @Test func overflowIsTold() async throws {
    try await withTemporaryDirectory { directory in
      let limit = try Int(
        String(contentsOf: URL(filePath: "/proc/sys/fs/inotify/max_queued_events"), encoding: .utf8)
          .dropLast())
      let (events, continuation) = AsyncStream.makeStream(of: Event.self)
      let gate = Mutex(())
      let watcher = try DirectoryWatcher { event in
        gate.withLock { _ in }
        continuation.yield(event)
      }
      try watcher.watch([directory.path])
      let names = [directory("a"), directory("b")]
      try gate.withLock { _ in
        try directory.write("x", to: "a")
        for count in 0..<(try #require(limit)) { rename(names[count % 2], names[1 - count % 2]) }
      }
      for await event in events where event == .overflow { break }
      withExtendedLifetime(watcher) {}
    }
  }

  /// The thread's closure goes with the thread: then the stream ends.
  @Test func lettingGoEndsTheThread() async throws {
    let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
    do {
      let token = Token { continuation.finish() }
      let watcher = try DirectoryWatcher { _ in withExtendedLifetime(token) {} }
      try watcher.watch(["/"])
    }
    for await _ in ended {}
  }
}

private final class Token: Sendable {
  private let onEnd: @Sendable () -> Void
  init(onEnd: @escaping @Sendable () -> Void) { self.onEnd = onEnd }
  deinit { onEnd() }
}
