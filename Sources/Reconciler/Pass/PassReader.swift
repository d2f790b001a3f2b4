import Model
import Planning

/// The reading half of a pass: resolve, read, observe. Holds nothing that could write.
struct PassReader: Sendable {
  let channel: ChannelSettings
  let source: any StateSource
  let registry: any TagReader
  let acceptances: any AcceptanceBox
  let time: any TimeSource
  /// The loop's; nil without one.
  var heartbeat: Heartbeat?

  /// The branch's tip as a target, unless something holds the pass.
  func target(after record: JournalRecord.Channel?, knowing last: Target?) async -> TargetReading {
    switch await source.resolve(channel.branch) {
    case .missing(let reason), .unknown(let reason): return .held(nil, reason: reason)
    case .awaited(let reason): return .awaited(reason)
    case .commit(let tip):
      switch await succession(from: record?.applied, to: tip) {
      case .held(let reason): return .held(tip, reason: reason)
      case .continues(let accepted):
        return await target(applying: tip, after: record, knowing: last, accepted: accepted)
      }
    }
  }

  /// A commit as a target that is to be applied, wherever it stands.
  func target(
    applying commit: CommitID, after record: JournalRecord.Channel?, knowing last: Target?,
    accepted: CommitID? = nil
  ) async -> TargetReading {
    switch await source.trust(in: commit, after: record?.applied, judged: { heartbeat?.beat() }) {
    case .refused(let reason), .unknown(let reason): .held(commit, reason: reason)
    case .trusted: await target(at: commit, knowing: last, accepted: accepted)
    }
  }

  /// A commit as a target that is to be looked at, wherever it stands and whoever signed it: `plan --rev`.
  func target(at commit: CommitID, knowing last: Target? = nil, accepted: CommitID? = nil) async
    -> TargetReading
  {
    if let last, last.commit == commit { return .target(last, accepted: accepted) }
    switch await source.state(at: commit) {
    case .invalid(let reason), .unknown(let reason): return .held(commit, reason: reason)
    case .state(let state):
      do throws(InvalidValue) {
        let declared =
          last?.state == state ? last!.own : try DeclaredTags(state, template: channel.template)
        return .target(
          Target(commit: commit, state: state, own: declared, declared: declared), accepted: accepted)
      } catch {
        return .held(commit, reason: error.description)
      }
    }
  }

  private enum Succession {
    case continues(accepted: CommitID?)
    case held(String)
  }

  /// Whether `tip` may follow the commit that was applied last.
  private func succession(from applied: CommitID?, to tip: CommitID) async -> Succession {
    guard let applied, applied != tip else { return .continues(accepted: nil) }
    let hold: String
    switch await source.isAncestor(applied, of: tip) {
    case .ancestor: return .continues(accepted: nil)
    case .notAncestor:
      hold = """
        branch \(channel.branch) was rewound: the applied commit \(applied.short) is no ancestor of its tip \
        \(tip.short); if that is meant, run: \(acceptances.command(accepting: tip, for: channel.name))
        """
    // It names what mends it: nobody should accept what is not known.
    case .unknown(let reason): hold = reason
    }
    if let accepted = await acceptance(abandoning: applied, reaching: tip) {
      return .continues(accepted: accepted)
    }
    return .held(hold)
  }

  /// The commit that a person accepted in place of `applied`, where `tip` is that commit or follows it.
  private func acceptance(abandoning applied: CommitID, reaching tip: CommitID) async -> CommitID? {
    guard let acceptance = await acceptances.acceptance(for: channel.name), acceptance.abandoned == applied
    else {
      return nil
    }
    if acceptance.commit == tip { return tip }
    return await source.isAncestor(acceptance.commit, of: tip) == .ancestor ? acceptance.commit : nil
  }

  /// The tags that this branch owns and no longer declares.
  func removedTags(_ history: BranchHistory, declared: DeclaredTags) -> Set<TagReference> {
    // A set: a template without {image} makes one tag of several images.
    Set(
      history.images.lazy.compactMap { key, image in
        guard image.removal != nil, let tag = try? channel.template.tag(for: key.image) else { return nil }
        let reference = TagReference(key.repository, tag)
        return declared[reference] == nil ? reference : nil
      })
  }
}
