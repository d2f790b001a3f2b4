import Model
import Reconciler

/// What a journal on this machine tells, for commands that can do without one.
struct LocalJournal {
  /// Oldest first.
  let entries: [JournalEntry]
  /// Why there are none; nil where there are.
  let absence: String?
}

extension Workspace {
  /// The journal of this configuration, where one is here. Who asks need not be where the daemon runs: another's state
  /// directory is an error only where `--state-dir` names it.
  /// - Throws: `CommandFailure` where the journal can't be read.
  func journalIfHere(_ arguments: Arguments) throws(CommandFailure) -> LocalJournal {
    let directory: StateDirectory
    do { directory = try stateDirectory(arguments) } catch {
      guard arguments["--state-dir"] == nil else { throw error }
      return LocalJournal(entries: [], absence: error.message)
    }
    let entries = try directory.entries()
    let absence = entries.isEmpty ? "there is no journal to be read in \(directory.path)" : nil
    return LocalJournal(entries: entries, absence: absence)
  }
}
