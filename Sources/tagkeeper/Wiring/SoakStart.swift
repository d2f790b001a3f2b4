import Model
import Planning
import Reconciler

/// Since when a channel's tags have had what its branch declares, as far as its journal tells.
struct SoakStart {
  /// When each digest was first put on the image's own tag.
  private var applied: [ImageKey: [Digest: Timestamp]] = [:]
  /// Passes after which every declared tag was right, each by its commit's position on the branch.
  private var converged: [(position: Int, time: Timestamp)] = []
  /// Where the channel was when the journal begins; nil where it has nothing of it.
  private var start: Int?

  init(_ entries: [JournalEntry], of branch: RolloutBranch) {
    let name = branch.channel.name
    for entry in entries {
      switch entry.event {
      case .change(name, _, let change):
        guard change.outcome == .applied, change.cause != .keep, let digest = change.to,
          applied[change.key]?[digest] == nil
        else { continue }
        applied[change.key, default: [:]][digest] = entry.time
      case .applying(name, let commit, _, _):
        start = start ?? branch.timeline.position(of: commit)
      case .pass(name, let commit, _, _, isConverged: true, _):
        if let position = branch.timeline.position(of: commit) { converged.append((position, entry.time)) }
      default: continue
      }
    }
  }

  /// Nil where the journal, which has the time, never saw the tag right: its image was blocked, or is not there yet.
  func time(of declaration: Soak.Declaration) -> Timestamp? {
    if let time = applied[declaration.key]?[declaration.digest] { return time }
    guard let start, start < declaration.positions.lowerBound else { return declaration.time }
    return converged.first { declaration.positions.contains($0.position) }?.time
  }
}
