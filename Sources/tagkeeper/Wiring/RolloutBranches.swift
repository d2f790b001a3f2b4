import Configuration
import GitCheckout
import Model
import Planning
import Reconciler
import StateFile
import YAML

/// One side of a rollout: a channel's branch, what it declares, and what it declared before.
struct RolloutBranch: Sendable {
  let channel: ChannelSettings
  /// As it was found: `refs/heads/…`, `refs/remotes/…`.
  let ref: String
  let tip: CommitID
  let texts: [StateText]
  let state: DesiredState
  let timeline: BranchTimeline
}

/// Reads the branches that rollouts go from and onto.
struct RolloutReader: Sendable {
  let workspace: Workspace
  let repository: GitRepository
  private let chain: StateChain

  init(_ workspace: Workspace) async throws(CommandFailure) {
    self.workspace = workspace
    repository = try await workspace.repository()
    chain = StateChain(repository, paths: workspace.statePaths)
  }

  /// The channels that `--from` and `--onto` name. Without them there have to be two: the first of the configuration
  /// is where rollouts come from.
  /// - Throws: `CommandFailure`.
  func channels(
    from: String?, onto: String?
  ) throws(CommandFailure) -> (source: ChannelSettings, target: ChannelSettings) {
    let channels = workspace.channels
    guard from != nil && onto != nil || channels.count == 2 else {
      throw CommandFailure(
        "the configuration has \(channels.count) channels: say which with --from CHANNEL --onto CHANNEL",
        status: .usage)
    }
    let named = (source: try from.map(workspace.channel), target: try onto.map(workspace.channel))
    func other(than channel: ChannelSettings?) -> ChannelSettings? {
      channel.flatMap { channel in channels.first { $0.name != channel.name } }
    }
    let source = named.source ?? other(than: named.target) ?? channels[0]
    let target = named.target ?? other(than: source) ?? channels[1]
    guard source.branch != target.branch else {
      throw CommandFailure(
        "\(source.name) and \(target.name) follow one branch, \(source.branch): there is nothing to roll out",
        status: .usage)
    }
    return (source, target)
  }

  /// Where rollouts onto `channel` come from where nobody names it: what it creates from, or the first of two channels;
  /// nil where that can't be told.
  func source(of channel: ChannelSettings) -> ChannelSettings? {
    if let from = channel.createFrom { return workspace.channels.first { $0.name == from.channel } }
    guard let channels = try? channels(from: nil, onto: nil), channels.target == channel else { return nil }
    return channels.source
  }

  /// A channel's branch with its whole past.
  /// - Throws: `CommandFailure` where it can't be read, its state has errors, or git lacks some of its history.
  /// - Parameter mayBeBehind: its remote: it only tells where changes came from.
  func branch(
    of channel: ChannelSettings, mayBeBehind: Bool = false
  ) async throws(CommandFailure) -> RolloutBranch {
    let resolved = try await resolve(channel)
    if !mayBeBehind { try await repository.checkIsNotBehind(resolved, channel) }
    let (texts, state) = try await state(at: resolved.commit)
    let timeline = try await chain.timeline(to: resolved.commit)
    guard timeline.declares(state) else {
      throw CommandFailure(
        "what \(channel.branch) declared over time does not end with its state at \(resolved.commit.short): "
          + "check state: and statePaths: in the configuration")
    }
    return RolloutBranch(
      channel: channel, ref: resolved.ref, tip: resolved.commit, texts: texts, state: state,
      timeline: timeline)
  }

  /// What a channel's branch declared over time.
  func timeline(of channel: ChannelSettings) async throws(CommandFailure) -> BranchTimeline {
    try await chain.timeline(to: try await resolve(channel).commit)
  }

  /// What a commit's first-parent chain declared over time.
  func timeline(to commit: CommitID) async throws(CommandFailure) -> BranchTimeline {
    try await chain.timeline(to: commit)
  }

  /// What a commit declares, and the files in which it does.
  /// - Throws: `CommandFailure` with every error of the state.
  func state(at commit: CommitID) async throws(CommandFailure) -> (texts: [StateText], state: DesiredState) {
    let texts = try await repository.stateTexts(atFirstOf: workspace.statePaths, in: commit)
    let reading = workspace.read(texts)
    guard let state = reading.state else {
      let errors = reading.diagnostics.filter { $0.severity == .error }.map(\.description)
      throw CommandFailure((["the state at \(commit.short) has errors:"] + errors).joined(separator: "\n"))
    }
    return (texts, state)
  }

  /// - Throws: `CommandFailure` where there is no such branch.
  func resolve(_ channel: ChannelSettings) async throws(CommandFailure) -> ResolvedBranch {
    do {
      if let resolved = try await repository.resolve(channel.branch) { return resolved }
    } catch {
      throw CommandFailure(error)
    }
    throw CommandFailure(await repository.missing(channel.branch))
  }
}
