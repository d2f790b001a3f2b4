import Glibc

extension ProcessConversation {
  private static let chunk = 64 << 10
  private static let errorLimit = 64 << 10

  func setNonBlocking() throws(SystemError) {
    try input?.setNonBlocking()
    try output.setNonBlocking()
    try errorStream.setNonBlocking()
  }

  /// Waits until something can be moved, and moves it (poll(2)).
  func pump() throws(ChildProcessError) {
    var polled = [
      pollfd(fd: process.exitDescriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errorHasEnded ? -1 : errorStream.rawValue, events: Int16(POLLIN), revents: 0),
      pollfd(fd: outputHasEnded ? -1 : output.rawValue, events: Int16(POLLIN), revents: 0),
      pollfd(fd: unwritten.isEmpty ? -1 : input?.rawValue ?? -1, events: Int16(POLLOUT), revents: 0),
    ]
    let patience = millisecondsLeft
    let ready = uninterrupted { poll(&polled, nfds_t(polled.count), patience) }
    // Who talks without end is late, too.
    if patience == 0 || ready == 0 && millisecondsLeft == 0 { throw timedOut() }
    let hasEnded = polled[0].revents != 0
    if polled[3].revents != 0 { writeOnce() }
    if polled[1].revents != 0 || hasEnded {
      errorHasEnded = drain(errorStream, toEnd: hasEnded, takeErrors) || errorHasEnded
    }
    if polled[2].revents != 0 || hasEnded {
      outputHasEnded = drain(output, toEnd: hasEnded) { unread.append($0) } || outputHasEnded
    }
  }

  func closeInputIfDone() {
    if inputIsFinished, unwritten.isEmpty { input = nil }
  }

  /// For poll(2): rounded up, -1 without a deadline.
  private var millisecondsLeft: Int32 {
    guard let deadline else { return -1 }
    let (seconds, attoseconds) = (deadline.instant - SystemClock.monotonic()).components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1
    return seconds < 0 || attoseconds < 0 ? 0 : Int32(clamping: milliseconds)
  }

  private func timedOut() -> ChildProcessError {
    process.end(within: grace)
    if grace > .zero {
      // Whoever tries again finds nothing of this one in the way.
      var ended = pollfd(fd: process.exitDescriptor, events: Int16(POLLIN), revents: 0)
      uninterrupted { poll(&ended, 1, -1) }
    }
    return ChildProcessError(
      .timedOut, process.command, "no answer within \(deadline!.limit), so it was killed",
      errorOutput: errorTail)
  }

  /// A reader that went away takes no more: its exit status tells what that means.
  private func writeOnce() {
    guard let descriptor = input?.rawValue else { return }
    let written = unwritten.withUnsafeBytes { buffer in
      uninterrupted { write(descriptor, buffer.baseAddress, buffer.count) }
    }
    if written >= 0 {
      unwritten.drop(written)
    } else if errno != EAGAIN {
      unwritten.drop(unwritten.count)
      inputIsFinished = true
    }
    closeInputIfDone()
  }

  private func takeErrors(_ bytes: [UInt8]) {
    errorTail.append(contentsOf: bytes)
    errorTail.removeFirst(max(0, errorTail.count - Self.errorLimit))
  }

  /// Reads once, or all that is left; true where the stream has ended, or nobody is there to write more.
  private func drain(
    _ stream: borrowing FileDescriptor, toEnd: Bool, _ take: ([UInt8]) -> Void
  ) -> Bool {
    for _ in 0..<(toEnd ? Self.readsAfterEnd : 1) {
      guard let bytes = readOnce(stream) else { return toEnd }
      if bytes.isEmpty { return true }
      take(bytes)
    }
    return toEnd
  }

  /// A pipe holds at most 1 MiB (pipe(7), pipe-max-size): whatever comes after that many reads was written
  /// by a grandchild.
  private static let readsAfterEnd = (1 << 20) / chunk + 1

  /// Nil where nothing can be read now; empty at the end.
  private func readOnce(_ descriptor: borrowing FileDescriptor) -> [UInt8]? {
    do throws(SystemError) {
      return try descriptor.read(atMost: Self.chunk)
    } catch {
      return error.code == EAGAIN ? nil : []
    }
  }
}
