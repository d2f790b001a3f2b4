import GitCheckout
import Model
import Planning
import Reconciler

/// A channel's branch and what a journal tells of the channel.
struct ChannelHistory: Sendable {
  let channel: ChannelSettings
  let tip: CommitID
  let timeline: BranchTimeline
  /// Of the branch that rollouts come from; nil where none land on this one.
  let source: BranchTimeline?
  let journal: ChannelJournal

  /// Every image that the branch ever declared, or the journal tells of.
  var images: Set<ImageKey> { Set(timeline.images).union(journal.images) }

  func image(_ key: ImageKey) -> ImageHistory {
    ImageHistory(of: key, on: timeline, from: source, journal: journal)
  }

  /// What happened to an image, or to all; newest first.
  func lines(of key: ImageKey?, since: Timestamp?) -> [HistoryLine] {
    let lines = (key.map { [$0] } ?? Array(images)).flatMap { image($0).lines }
    return lines.filter { line in since.map { line.time >= $0 } ?? true }.sorted(by: HistoryLine.newestFirst)
  }
}

/// Reads the histories of channels: each branch once.
struct HistoryReader {
  private let branches: RolloutReader
  private let entries: [JournalEntry]

  init(_ workspace: Workspace, _ journal: LocalJournal) async throws(CommandFailure) {
    branches = try await RolloutReader(workspace)
    entries = journal.entries
  }

  /// - Throws: `CommandFailure` where a branch can't be read, or git lacks some of its history.
  func histories(of channels: [ChannelSettings]) async throws(CommandFailure) -> [ChannelHistory] {
    var timelines: [CommitID: BranchTimeline] = [:]
    func timeline(_ channel: ChannelSettings) async throws(CommandFailure) -> (CommitID, BranchTimeline) {
      let tip = try await branches.resolve(channel).commit
      if let known = timelines[tip] { return (tip, known) }
      let read = try await branches.timeline(to: tip)
      timelines[tip] = read
      return (tip, read)
    }
    var histories: [ChannelHistory] = []
    for channel in channels {
      let (tip, own) = try await timeline(channel)
      var source: BranchTimeline?
      if let from = branches.source(of: channel) { source = try await timeline(from).1 }
      histories.append(
        ChannelHistory(
          channel: channel, tip: tip, timeline: own, source: source, journal: journal(of: channel.name)))
    }
    return histories
  }

  private func journal(of channel: String) -> ChannelJournal {
    var journal = ChannelJournal()
    for entry in entries {
      switch entry.event {
      case .change(channel, let commit, let change): journal.append(change, at: commit, entry.time)
      case .applying(channel, let commit, _, _): journal.append(commit: commit, entry.time)
      case .pass(channel, let commit, _, _, let isConverged, _):
        journal.append(commit: commit, isConverged: isConverged, entry.time)
      default: break
      }
    }
    return journal
  }
}
