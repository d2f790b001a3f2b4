import Model

extension PlanPass {
  /// Turns changes to digests that the registry lacks into blocked ones, as an apply would find them.
  /// - Parameter past: keep tags that an apply would leave out then.
  func blockMissing(_ plan: Plan, past: Set<TagReference>) async -> Plan {
    var changes = plan.changes
    let wanted = changes.filter { $0.action == .create || $0.action == .move }
    let manifests = Set(wanted.map { Manifest(repository: $0.key.repository, digest: $0.to!) })
    let presences = await presences(of: Array(manifests))
    var leftOut: Set<TagReference> = []
    for index in changes.indices where changes[index].action == .create || changes[index].action == .move {
      let manifest = Manifest(repository: changes[index].key.repository, digest: changes[index].to!)
      switch presences[manifest] {
      case .present, nil: continue
      case .missing:
        if past.contains(changes[index].reference) { leftOut.insert(changes[index].reference) }
        let place = "\(reader.registry.host)/\(manifest.repository)"
        changes[index].reason =
          "\(manifest.digest) is not in \(place); push the image there, or declare another digest"
      case .unknown(let reason): changes[index].reason = reason
      }
      changes[index].action = .blocked
    }
    changes.removeAll { leftOut.contains($0.reference) }
    return Plan(changes: changes, inSync: plan.inSync)
  }

  private struct Manifest: Hashable, Sendable {
    let repository: RepositoryName
    let digest: Digest
  }

  private func presences(of manifests: [Manifest]) async -> [Manifest: ManifestPresence] {
    let registry = reader.registry
    let presences = await manifests.concurrentlyMapped(atOnce: registry.concurrency) {
      await registry.presence(of: $0.digest, in: $0.repository)
    }
    return Dictionary(uniqueKeysWithValues: zip(manifests, presences))
  }
}
