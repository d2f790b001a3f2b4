import Synchronization

/// The bytes of an answer's body between libcurl, which must not wait, and the one reader, who may.
///
/// Full at `capacity`: then libcurl pauses, the connection's window closes, and the server waits. Memory is bounded by
/// the reader's pace, whatever the sender's.
final class IncomingBody: Sendable {
  /// In bytes, beside what one socket read brought (CURLOPT_BUFFERSIZE).
  static let capacity = 1 << 20
  /// What a reader gets at most at once, and what it waits for while more is to come: few hops between threads.
  static let pieceSize = 256 << 10
  static let worthwhileSize = 64 << 10

  typealias Piece = Result<[UInt8]?, HTTPError>

  fileprivate struct State {
    var pieces: [[UInt8]] = []
    var buffered = 0
    var mostBuffered = 0
    /// True while libcurl waits for `unpause`.
    var isPaused = false
    /// What comes behind the last piece; nil while the body arrives.
    var end: Piece?
    var reader: CheckedContinuation<Piece, Never>?
  }

  private let state = Mutex(State())

  /// The most bytes that were ever held at once.
  var mostBuffered: Int { state.withLock(\.mostBuffered) }
  var hasEnded: Bool { state.withLock { $0.end != nil } }

  // MARK: The curl thread's side

  /// False where there is no room: the transfer is to be paused, and brings the same bytes again.
  func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let (isTaken, woken) = state.withLock { state in
      guard state.buffered + bytes.count <= Self.capacity else {
        state.isPaused = true
        return (false, state.answerReader())
      }
      state.append(bytes)
      return (true, state.answerReader())
    }
    woken?()
    return isTaken
  }

  /// No more will come: `error` says why, where the body is not whole. The first call counts.
  func finish(_ error: HTTPError?) {
    let woken = state.withLock { state in
      if state.end == nil { state.end = error.map { .failure($0) } ?? .success(nil) }
      return state.answerReader()
    }
    woken?()
  }

  // MARK: The reader's side

  /// The next piece; nil at the end. `unpause` is called where a paused transfer has room again, `cancel` where the
  /// calling task is cancelled.
  /// - Throws: Why the body is not whole, behind its last piece.
  func next(unpause: () -> Void, cancel: @Sendable () -> Void) async throws(HTTPError) -> [UInt8]? {
    let (ready, resumes) = state.withLock { ($0.take(), $0.leavesPause()) }
    if resumes { unpause() }
    if let ready { return try ready.get() }
    let piece = await withTaskCancellationHandler {
      await withCheckedContinuation { reader in
        let ready = state.withLock { state in
          let ready = state.take()
          if ready == nil { state.reader = reader }
          return ready
        }
        if let ready { reader.resume(returning: ready) }
      }
    } onCancel: {
      cancel()
    }
    return try piece.get()
  }

  /// Ends the body for its reader: what is still held is dropped, and even a whole body is not to pass for one.
  func cancel(_ error: HTTPError) {
    let woken = state.withLock { state in
      state.pieces = []
      state.buffered = 0
      state.end = .failure(error)
      return state.answerReader()
    }
    woken?()
  }
}

extension IncomingBody.State {
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    if pieces.isEmpty || pieces[pieces.count - 1].count + bytes.count > IncomingBody.pieceSize {
      pieces.append([])
      pieces[pieces.count - 1].reserveCapacity(IncomingBody.pieceSize)
    }
    pieces[pieces.count - 1].append(contentsOf: bytes)
    buffered += bytes.count
    mostBuffered = max(mostBuffered, buffered)
  }

  /// What a reader gets now; nil where it has to wait.
  mutating func take() -> IncomingBody.Piece? {
    guard let first = pieces.first else { return end }
    guard pieces.count > 1 || first.count >= IncomingBody.worthwhileSize || end != nil else { return nil }
    pieces.removeFirst()
    buffered -= first.count
    return .success(first)
  }

  /// True, once, where a paused transfer may go on: at half the capacity, so that it does not pause at every piece.
  mutating func leavesPause() -> Bool {
    guard isPaused, buffered <= IncomingBody.capacity / 2 else { return false }
    isPaused = false
    return true
  }

  /// What resumes the reader that waits, once the lock is free; nil where none does, or it has to go on waiting.
  mutating func answerReader() -> (@Sendable () -> Void)? {
    guard let waiting = reader, let piece = take() else { return nil }
    reader = nil
    return { waiting.resume(returning: piece) }
  }
}
