import HTTPClient
import Synchronization

/// Counts a copy's bytes, and tells of them in order.
final class CopyProgress: Sendable {
  private let total: Int
  private let done = Mutex(0)
  private let report: @Sendable (Copier.Progress) -> Void

  init(total: Int, report: @escaping @Sendable (Copier.Progress) -> Void) {
    self.total = total
    self.report = report
  }

  func add(_ bytes: Int) {
    guard bytes != 0 else { return }
    // Under the lock, so that nobody hears of more bytes before fewer.
    done.withLock { done in
      done += bytes
      report(Copier.Progress(done: done, total: total))
    }
  }
}

/// The bytes of one blob on their way, counted; those of a try that failed are taken back.
final class CountedBytes: ByteSource {
  private let source: any ByteSource
  private let counter: BlobCounter

  init(_ source: any ByteSource, _ counter: BlobCounter) {
    self.source = source
    self.counter = counter
    counter.restart()
  }

  var origin: String? { source.origin }

  func next() async throws -> [UInt8]? {
    let piece = try await source.next()
    counter.add(piece?.count ?? 0)
    return piece
  }
}

/// What of one blob was counted.
final class BlobCounter: Sendable {
  private let progress: CopyProgress?
  private let counted = Mutex(0)

  /// - Parameter progress: Nil for a blob that was counted before.
  init(_ progress: CopyProgress?) { self.progress = progress }

  func add(_ bytes: Int) {
    counted.withLock { $0 += bytes }
    progress?.add(bytes)
  }

  func restart() { add(-counted.withLock { $0 }) }

  /// The blob is there, whoever brought it.
  func finish(_ size: Int) { add(size - counted.withLock { $0 }) }
}
