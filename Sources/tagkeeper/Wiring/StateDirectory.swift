import FoundationEssentials
import LinuxSystem
import Model
import Reconciler
import Registry

/// The folder of one daemon: journal, lock, manifest cache, and the acceptances that wait for it.
struct StateDirectory {
  let path: String
  let service: Service

  /// `--state-dir`, else `$STATE_DIRECTORY` (systemd.exec(5)), else `~/.local/state/tagkeeper`. Made by `lock`, with mode 0700.
  /// - Throws: `CommandFailure`.
  init(flag: String?, environment: [String: String], service: Service) throws(CommandFailure) {
    self.service = service
    if let flag {
      path = flag
    } else if let given = environment["STATE_DIRECTORY"]?.split(separator: ":").first {
      path = String(given)
    } else if let home = environment["HOME"], !home.isEmpty {
      path = "\(home)/.local/state/tagkeeper"
    } else {
      throw CommandFailure("there is no state directory: give --state-dir, or set STATE_DIRECTORY or HOME")
    }
    try checkService()
  }

  var manifests: String { "\(path)/manifests" }
  var journalPath: String { "\(path)/journal.jsonl" }

  /// Holds the directory for this process until it ends.
  /// - Throws: `CommandFailure` naming the process that holds it.
  func lock() throws(CommandFailure) -> LockFile {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CommandFailure(
        "the state directory \(path) can't be made: check who owns the folder above it, or give another by --state-dir"
      )
    }
    let lock: LockFile
    do { lock = try LockFile("\(path)/lock") } catch {
      let remedy =
        switch error {
        case .held: "one daemon or apply at a time writes from a state directory"
        case .system: "check who owns the state directory, or give another by --state-dir"
        }
      throw CommandFailure("\(error): \(remedy)")
    }
    try claim()
    return lock
  }

  /// Whether a daemon or an apply ever wrote here.
  /// - Throws: `CommandFailure`.
  func isInUse() throws(CommandFailure) -> Bool { try !bytes().isEmpty }

  /// What earlier processes did.
  /// - Throws: `CommandFailure`.
  func record() throws(CommandFailure) -> JournalRecord { try read(bytes()).record }

  /// The journal, open for writing, without a torn last line. Only under the lock.
  /// - Throws: `CommandFailure`.
  func journal(_ time: any TimeSource) throws(CommandFailure) -> Journal {
    let bytes = try bytes()
    let (record, wholeBytes) = try read(bytes)
    do {
      let file = try JournalFile(journalPath, after: bytes.prefix(wholeBytes))
      return Journal(record, storage: file, time: time)
    } catch {
      throw CommandFailure("the journal can't be opened: \(error)")
    }
  }

  /// Every entry of the journal, oldest first; none where there is no journal.
  /// - Throws: `CommandFailure`.
  func entries() throws(CommandFailure) -> [JournalEntry] {
    var entries: [JournalEntry] = []
    let bytes = try bytes()
    do throws(JournalCorruption) { try JournalEntry.forEach(in: bytes) { entries.append($0) } } catch {
      throw CommandFailure("\(journalPath): \(error)")
    }
    return entries
  }

  /// Whether each line of the journal follows the one before it; nil where there is no journal.
  /// - Throws: `CommandFailure`.
  func checkJournal() throws(CommandFailure) -> JournalCheck? {
    let bytes = try bytes()
    return bytes.isEmpty ? nil : JournalCheck(bytes, hash: sha256)
  }

  private func read(_ bytes: [UInt8]) throws(CommandFailure) -> (record: JournalRecord, wholeBytes: Int) {
    do throws(JournalCorruption) { return try JournalRecord.read(bytes) } catch {
      throw CommandFailure("\(journalPath): \(error)")
    }
  }

  private func bytes() throws(CommandFailure) -> [UInt8] {
    guard mayExist(journalPath) else { return [] }
    guard let data = try? Data(contentsOf: URL(filePath: journalPath)) else {
      throw CommandFailure("\(journalPath) can't be read: check its owner and mode")
    }
    return Array(data)
  }
}
