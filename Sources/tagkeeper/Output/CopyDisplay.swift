import Glibc
import Model
import Reconciler
import Registry
import Synchronization

/// One line on a terminal that tells how far the copies under way are, written over as they go on.
final class CopyDisplay: Sendable {
  private struct State {
    var copies: [Int: (name: String, progress: Copier.Progress?)] = [:]
    var lastID = 0
    var lastShown: Duration?
    var isShown = false
  }

  /// Written at most so often.
  private static let interval: Duration = .milliseconds(100)

  private let state = Mutex(State())
  private let time: any TimeSource
  private let write: @Sendable (String) -> Void

  init(time: any TimeSource, write: @escaping @Sendable (String) -> Void = Console.error) {
    self.time = time
    self.write = write
  }

  /// Nil where standard error is no terminal.
  static func onTerminal(_ time: any TimeSource) -> CopyDisplay? {
    Console.isTerminal(STDERR_FILENO) ? CopyDisplay(time: time) : nil
  }

  func begin(_ name: String) -> Int {
    state.withLock { state in
      state.lastID += 1
      state.copies[state.lastID] = (name, nil)
      return state.lastID
    }
  }

  func show(_ id: Int, _ progress: Copier.Progress) {
    let now = time.monotonic()
    state.withLock { state in
      state.copies[id]?.progress = progress
      if let last = state.lastShown, now - last < Self.interval { return }
      state.lastShown = now
      state.isShown = true
      // Carriage return, and erase to the end of the line (ECMA-48, EL).
      write("\r\(Self.line(state.copies.sorted { $0.key < $1.key }.map(\.value)))\u{1b}[K")
    }
  }

  /// The line goes with the last copy, and makes way for each that ended.
  func end(_ id: Int) {
    state.withLock { state in
      state.copies[id] = nil
      guard state.isShown else { return }
      (state.isShown, state.lastShown) = (false, nil)
      write("\r\u{1b}[K")
    }
  }

  /// `copying team/app@sha256:012345678901, 12.3 MiB of 120.0 MiB`, or `copying 2 images, …`; no wider than a terminal is
  /// at least.
  private static func line(_ copies: [(name: String, progress: Copier.Progress?)]) -> String {
    let known = copies.compactMap(\.progress)
    let (done, total) = known.reduce((0, 0)) { ($0.0 + $1.done, $0.1 + $1.total) }
    let name = copies.count == 1 ? copies[0].name : "\(copies.count) images"
    return String("copying \(name), \(done.mebibytes) of \(total.mebibytes)".prefix(79))
  }
}

extension Int {
  /// `12.3 MiB`, rounded to the nearest tenth; `12 KiB` of less than one, rounded up.
  var mebibytes: String {
    if self < 1 << 20 { return "\((self + 1023) >> 10) KiB" }
    let tenths = (self * 10 + 1 << 19) >> 20
    return "\(tenths / 10).\(tenths % 10) MiB"
  }
}
