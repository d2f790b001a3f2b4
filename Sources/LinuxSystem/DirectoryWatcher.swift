import Glibc
import Synchronization

/// Tells of entries that appear, change or go in folders (inotify(7)), on a thread of its own, until it is
/// let go.
///
/// A watch is of the folder itself, not of its path: one that was removed or recreated has to be watched
/// again.
package final class DirectoryWatcher: Sendable {
  package enum Event: Hashable, Sendable {
    /// The entry `name` of the watched `folder` was created, replaced, written, removed or renamed.
    case entry(folder: String, name: String)
    /// The watched `folder` itself was removed, renamed or unmounted, and is watched no more.
    case gone(folder: String)
    /// The kernel dropped events: anything may have changed.
    case overflow
  }

  private let source: Source
  /// The thread ends when this end of its pipe is closed.
  private let stopWriter: FileDescriptor

  /// - Parameter onEvent: Called on the watcher's thread, in the order of the events: it must not wait for
  ///   long.
  /// - Throws: `SystemError`; EMFILE where fs.inotify.max_user_instances is reached.
  package init(onEvent: @escaping @Sendable (Event) -> Void) throws(SystemError) {
    let stop = try Pipe()
    let descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    guard descriptor >= 0 else {
      throw .current(
        "watch files (inotify)", remedy: errno == EMFILE ? "raise fs.inotify.max_user_instances" : nil)
    }
    let source = Source(FileDescriptor(descriptor), stop: stop.reader)
    let thread = try WorkerThread(named: "inotify")
    thread.start { source.run(onEvent) }
    self.source = source
    stopWriter = stop.writer
  }

  /// Watches exactly `folders` from now on. One that is watched already keeps its watch; one that was
  /// recreated gets a new one; one that does not exist, or is no folder, is left out.
  /// - Throws: `SystemError`; ENOSPC where fs.inotify.max_user_watches is reached.
  package func watch(_ folders: Set<String>) throws(SystemError) { try source.watch(folders) }
}

extension DirectoryWatcher {
  /// What the thread and the owner share.
  private final class Source: Sendable {
    private let inotify: FileDescriptor
    private let stop: FileDescriptor
    private let folders = Mutex<[Int32: String]>([:])

    init(_ inotify: consuming FileDescriptor, stop: consuming FileDescriptor) {
      self.inotify = inotify
      self.stop = stop
    }

    func watch(_ wanted: Set<String>) throws(SystemError) {
      try folders.withLock { folders throws(SystemError) in
        var current: [Int32: String] = [:]
        for folder in wanted.sorted() {
          let watch = inotify_add_watch(inotify.rawValue, folder, Self.mask)
          if watch >= 0 {
            current[watch] = folder
          } else if ![ENOENT, ENOTDIR].contains(errno) {
            throw .current(
              "watch", path: folder, remedy: errno == ENOSPC ? "raise fs.inotify.max_user_watches" : nil)
          }
        }
        for watch in folders.keys where current[watch] == nil { inotify_rm_watch(inotify.rawValue, watch) }
        folders = current
      }
    }

    func run(_ onEvent: (Event) -> Void) {
      while true {
        var polled = [
          pollfd(fd: stop.rawValue, events: Int16(POLLIN), revents: 0),
          pollfd(fd: inotify.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        uninterrupted { poll(&polled, nfds_t(polled.count), -1) }
        if polled[0].revents != 0 { return }
        guard let bytes = try? inotify.read(atMost: 64 << 10) else { continue }
        for event in RawEvent.parse(bytes) {
          if let event = translate(event) { onEvent(event) }
        }
      }
    }

    /// Nil for what came of a watch that is no longer wanted.
    private func translate(_ event: RawEvent) -> Event? {
      if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return .overflow }
      return folders.withLock { folders in
        guard let folder = folders[event.watch] else { return nil }
        guard event.mask & UInt32(IN_IGNORED) == 0 else {
          folders[event.watch] = nil
          return .gone(folder: folder)
        }
        return event.name.isEmpty ? .gone(folder: folder) : .entry(folder: folder, name: event.name)
      }
    }

    private static let mask = [
      IN_CREATE, IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_DELETE, IN_DELETE_SELF, IN_MOVE_SELF,
      IN_ONLYDIR,
    ].reduce(0) { $0 | UInt32($1) }
  }

  /// A `struct inotify_event`, whose flexible `name` Swift can't see, read from its bytes.
  private struct RawEvent {
    let watch: Int32
    let mask: UInt32
    let name: String

    static func parse(_ bytes: [UInt8]) -> [RawEvent] {
      var events: [RawEvent] = []
      bytes.withUnsafeBytes { buffer in
        var start = 0
        while start + 16 <= buffer.count {
          let length = Int(buffer.loadUnaligned(fromByteOffset: start + 12, as: UInt32.self))
          let name = buffer[(start + 16)..<min(start + 16 + length, buffer.count)].prefix { $0 != 0 }
          events.append(
            RawEvent(
              watch: buffer.loadUnaligned(fromByteOffset: start, as: Int32.self),
              mask: buffer.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self),
              name: String(decoding: name, as: UTF8.self)))
          start += 16 + length
        }
      }
      return events
    }
  }
}
