import Model
import Synchronization

@testable import Reconciler

final class MemoryStorage: JournalStorage {
  struct Full: Error {}
  private struct State {
    var bytes: [UInt8] = []
    var chain = JournalChain(after: [], hash: Digest.weak)
    var isFull = false
    var failsToSynchronize = false
  }
  private let state = Mutex(State())
  /// Awaited before each append.
  private let delay: @Sendable (String) async -> Void

  init(delay: @escaping @Sendable (String) async -> Void = { _ in }) { self.delay = delay }

  var bytes: [UInt8] { state.withLock(\.bytes) }
  var text: String { String(decoding: bytes, as: UTF8.self) }
  /// How many deletions it has as applied.
  var deletions: Int {
    text.split(separator: "\n").count {
      $0.contains(#""action":"delete""#) && $0.contains(#""outcome":"applied""#)
    }
  }
  func makeRoom() { state.withLock { $0.isFull = false } }
  func fill() { state.withLock { $0.isFull = true } }
  func failSynchronizing(_ fails: Bool) { state.withLock { $0.failsToSynchronize = fails } }

  func append(_ entries: [JournalEntry]) async throws {
    for entry in entries { await delay(String(decoding: entry.line(after: nil), as: UTF8.self)) }
    try state.withLock { state in
      if state.isFull { throw Full() }
      state.bytes += state.chain.lines(entries)
    }
  }

  func synchronize() async throws {
    if state.withLock(\.failsToSynchronize) { throw Full() }
  }
}

extension Digest {
  /// In place of SHA-256, which is not the reconciler's: FNV-1a, four times over.
  @Sendable static func weak(_ bytes: [UInt8]) -> Digest {
    let hash = bytes.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    let word = (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
    return Digest(bytes: word + word + word + word)!
  }
}
