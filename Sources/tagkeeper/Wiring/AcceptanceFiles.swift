import FoundationEssentials
import LinuxSystem
import Model
import Reconciler

/// Acceptances as small files, which `tagkeeper accept` writes and the daemon takes: two lines, the commit and the one
/// that it abandons.
struct AcceptanceFiles: AcceptanceBox {
  static let prefix = "accepted-"

  let directory: String
  /// What this process was given, for the command to copy.
  let configuration: String

  private func path(_ channel: String) -> String { "\(directory)/\(Self.prefix)\(channel)" }

  /// Readable by all: whoever accepts need not be the user that the daemon runs as.
  func write(_ acceptance: Acceptance, for channel: String) throws(SystemError) {
    let text = "\(acceptance.commit)\n\(acceptance.abandoned)\n"
    try FileReplacement.replace(path(channel), with: Array(text.utf8), mode: 0o644)
  }

  func acceptance(for channel: String) async -> Acceptance? {
    guard let text = try? String(contentsOfFile: path(channel), encoding: .utf8) else { return nil }
    let lines = text.split(separator: "\n")
    guard lines.count == 2, let commit = try? CommitID(lines[0]), let abandoned = try? CommitID(lines[1])
    else {
      return nil
    }
    return Acceptance(commit: commit, abandoned: abandoned)
  }

  func remove(for channel: String) async { try? FileManager.default.removeItem(atPath: path(channel)) }

  func command(accepting commit: CommitID, for channel: String) -> String {
    "tagkeeper accept --channel \(channel) --config \(configuration) --state-dir \(directory) \(commit)"
  }
}
