import Synchronization

/// The bytes of a request's body between their source, which may wait, and libcurl, which must not.
///
/// Nothing is asked of the source before libcurl asks: a server that refuses by the head alone costs no byte of it.
final class OutgoingBody: Sendable {
  /// The source is asked for more while less than this is held, in bytes: so that and two pieces are held at most.
  static let comfortableSize = 512 << 10

  /// What libcurl gets: so many bytes were copied, or it has to wait; 0 is the end.
  enum Supply: Equatable { case bytes(Int), pause }

  fileprivate struct State {
    var pieces: [[UInt8]] = []
    /// How much of the first piece libcurl has.
    var position = 0
    var buffered = 0
    var mostBuffered = 0
    var isPaused = false
    /// False until libcurl asked for the first time.
    var isWanted = false
    var hasEnded = false
    var isStopped = false
    var filler: CheckedContinuation<Bool, Never>?
  }

  /// In bytes; nil where nobody knows.
  let size: Int?
  /// Where the bytes come from; nil where they are at hand.
  let sourceOrigin: String?
  /// Whether the request waits for `100 Continue`, at most a second (RFC 9110 section 10.1.1).
  let awaitsContinue: Bool
  private let state = Mutex(State())

  /// Called where a paused transfer has bytes again, or the end, or is over.
  private let unpause: @Sendable () -> Void

  init(
    size: Int?, sourceOrigin: String? = nil, awaitsContinue: Bool, unpause: @escaping @Sendable () -> Void
  ) {
    self.size = size
    self.sourceOrigin = sourceOrigin
    self.awaitsContinue = awaitsContinue
    self.unpause = unpause
  }

  /// The most bytes that were ever held at once.
  var mostBuffered: Int { state.withLock(\.mostBuffered) }

  /// Whether libcurl ever asked for bytes.
  var isWanted: Bool { state.withLock(\.isWanted) }

  // MARK: The curl thread's side

  func supply(_ buffer: UnsafeMutableRawBufferPointer) -> Supply {
    let (supply, woken) = state.withLock { state in
      state.isWanted = true
      return (state.supply(buffer), state.answerFiller())
    }
    woken?()
    return supply
  }

  /// Nothing more is needed: the transfer is over. The source is not asked again.
  func stop() {
    let (wasPaused, woken) = state.withLock { state in
      state.isStopped = true
      return (state.leavePause(), state.answerFiller())
    }
    woken?()
    if wasPaused { unpause() }
  }

  // MARK: The source's side

  /// Brings what `source` has, piece by piece, as libcurl takes it; returns at the end, or once nothing more is needed.
  ///
  /// The last piece waits for the source to say that it is the last: a source that finds at its end that something is
  /// wrong is never sent whole.
  /// - Throws: What the source throws, and `HTTPError` of code `wrongBodySize` where it has more or less than `size`.
  func fill(from source: any ByteSource, operation: String) async throws {
    var count = 0
    var last: [UInt8]?
    while await isMoreWanted() {
      let piece = try await source.next()
      count += piece?.count ?? 0
      if let size, count > size || piece == nil && count < size {
        throw HTTPError(
          .wrongBodySize(declared: size), operation: operation,
          message: piece == nil ? "it ended after \(count)" : "it goes on")
      }
      if let last { put(last) }
      guard let piece else { return put(nil) }
      last = nil
      if count == size ?? count { last = piece } else { put(piece) }
    }
  }

  private func put(_ piece: [UInt8]?) {
    let wasPaused = state.withLock { $0.put(piece) }
    if wasPaused { unpause() }
  }

  /// Waits until libcurl can use more; false where it never will.
  private func isMoreWanted() async -> Bool {
    await withCheckedContinuation { filler in
      let woken = state.withLock { state in
        state.filler = filler
        return state.answerFiller()
      }
      woken?()
    }
  }
}

extension OutgoingBody.State {
  mutating func supply(_ buffer: UnsafeMutableRawBufferPointer) -> OutgoingBody.Supply {
    guard let first = pieces.first else {
      guard !hasEnded, !isStopped else { return .bytes(0) }
      isPaused = true
      return .pause
    }
    let count = min(buffer.count, first.count - position)
    first.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
    }
    position += count
    buffered -= count
    if position == first.count {
      pieces.removeFirst()
      position = 0
    }
    return .bytes(count)
  }

  /// Nil is the end. True where libcurl waited for it.
  mutating func put(_ piece: [UInt8]?) -> Bool {
    if let piece {
      pieces.append(piece)
      buffered += piece.count
      mostBuffered = max(mostBuffered, buffered)
    } else {
      hasEnded = true
    }
    return leavePause()
  }

  /// True, once, where the transfer is paused.
  mutating func leavePause() -> Bool {
    defer { isPaused = false }
    return isPaused
  }

  /// What resumes the filler that waits, once the lock is free; nil where none does, or it has to go on waiting.
  mutating func answerFiller() -> (@Sendable () -> Void)? {
    guard let waiting = filler else { return nil }
    guard isStopped || isWanted && buffered < OutgoingBody.comfortableSize else { return nil }
    filler = nil
    let isMoreWanted = !isStopped
    return { waiting.resume(returning: isMoreWanted) }
  }
}
