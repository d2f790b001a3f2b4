import Model
import Planning

/// The reading half of a pass: resolve, read, observe. Holds nothing that could write.
struct PassReader: Sendable {
  let channel: ChannelSettings
  let source: any StateSource
  let registry: any TagReader
  let acceptances: any AcceptanceBox
  let time: any TimeSource

  /// The branch's tip as a target, unless something holds the pass.
  func target(after record: JournalRecord.Channel?, knowing last: Target?) async -> TargetReading {
    switch await source.resolve(channel.branch) {
    case .missing(let reason), .unknown(let reason): return .held(nil, reason: reason)
    case .commit(let tip):
      switch await succession(from: record?.applied, to: tip) {
      case .held(let reason): return .held(tip, reason: reason)
      case .continues(let accepted): return await target(at: tip, knowing: last, accepted: accepted)
      }
    }
  }

  /// Any commit as a target, wherever it stands: `--rev`.
  func target(at commit: CommitID, knowing last: Target? = nil, accepted: CommitID? = nil) async
    -> TargetReading
  {
    if let last, last.commit == commit { return .target(last, accepted: accepted) }
    switch await source.state(at: commit) {
    case .invalid(let reason), .unknown(let reason): return .held(commit, reason: reason)
    case .state(let state):
      do throws(InvalidValue) {
        let declared =
          last?.state == state ? last!.declared : try DeclaredTags(state, template: channel.template)
        return .target(Target(commit: commit, state: state, declared: declared), accepted: accepted)
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
      hold =
        "branch \(channel.branch) was rewound: the applied commit \(applied.short) is no ancestor of its tip \(tip.short)"
    case .unknown(let reason): hold = reason
    }
    if let accepted = await acceptance(abandoning: applied, reaching: tip) {
      return .continues(accepted: accepted)
    }
    let command = acceptances.command(accepting: tip, for: channel.name)
    return .held("\(hold); if that is meant, run: \(command)")
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
  func removedTags(_ history: BranchHistory, declared: DeclaredTags) -> [TagReference] {
    history.images.compactMap { key, image in
      guard image.removal != nil, let tag = try? channel.template.tag(for: key.image) else { return nil }
      let reference = TagReference(key.repository, tag)
      return declared[reference] == nil ? reference : nil
    }
  }

  /// The digest with which each tag was last known to be in sync: what the last converged commit declared.
  func settled(_ record: JournalRecord.Channel?) async -> [TagReference: Digest] {
    guard let converged = record?.converged, case .target(let target, _) = await self.target(at: converged)
    else { return [:] }
    return Dictionary(uniqueKeysWithValues: target.declared.entries.map { ($0.reference, $0.digest) })
  }

  /// Turns changes to digests that the registry lacks into blocked ones, as an apply would find them.
  func blockMissing(_ plan: Plan) async -> Plan {
    let wanted = plan.changes.filter { $0.action == .create || $0.action == .move }
    let presences = await presences(
      of: Set(wanted.map { Manifest(repository: $0.key.repository, digest: $0.to!) }))
    var changes = plan.changes
    for index in changes.indices where changes[index].action == .create || changes[index].action == .move {
      let manifest = Manifest(repository: changes[index].key.repository, digest: changes[index].to!)
      switch presences[manifest] {
      case .present, nil: continue
      case .missing:
        let place = "\(registry.host)/\(manifest.repository)"
        changes[index].reason =
          "\(manifest.digest) is not in \(place); push the image there, or declare another digest"
      case .unknown(let reason): changes[index].reason = reason
      }
      changes[index].action = .blocked
    }
    return Plan(changes: changes, inSync: plan.inSync)
  }

  private struct Manifest: Hashable, Sendable {
    let repository: RepositoryName
    let digest: Digest
  }

  /// Asks for as many at once as the registry allows.
  private func presences(of manifests: Set<Manifest>) async -> [Manifest: ManifestPresence] {
    await withTaskGroup(of: (Manifest, ManifestPresence).self) { group in
      var waiting = manifests.makeIterator()
      func startNext() {
        guard let manifest = waiting.next() else { return }
        group.addTask { [registry] in
          (manifest, await registry.presence(of: manifest.digest, in: manifest.repository))
        }
      }
      for _ in 0..<registry.concurrency { startNext() }
      var presences: [Manifest: ManifestPresence] = [:]
      for await (manifest, presence) in group {
        presences[manifest] = presence
        startNext()
      }
      return presences
    }
  }
}
