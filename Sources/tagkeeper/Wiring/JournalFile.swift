import LinuxSystem
import Reconciler
import Registry
import Synchronization

/// The journal's file, written on a thread of its own.
final class JournalFile: JournalStorage {
  private let file: AppendFile
  private let worker: WorkerThread
  /// Locked on the worker's thread alone.
  private let chain: Mutex<JournalChain>

  /// - Parameter lines: the whole lines that the file begins with; what follows them is cut off.
  /// - Throws: `SystemError`.
  init(_ path: String, after lines: ArraySlice<UInt8>) throws(SystemError) {
    worker = try WorkerThread(named: "journal")
    file = try AppendFile(path)
    chain = Mutex(JournalChain(after: lines, hash: sha256))
    if try file.size() != lines.count { try file.truncate(to: lines.count) }
  }

  func append(_ entries: [JournalEntry]) async throws {
    try await worker.run { () throws(SystemError) in
      try self.chain.withLock { chain throws(SystemError) in
        var longer = chain
        try self.file.append(longer.lines(entries))
        chain = longer
      }
    }
  }

  func synchronize() async throws {
    try await worker.run { () throws(SystemError) in try self.file.synchronize() }
  }
}
