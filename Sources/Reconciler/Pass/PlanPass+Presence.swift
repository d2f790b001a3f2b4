import Model

extension PlanPass {
  /// Turns changes to digests that neither the registry nor a source has into blocked ones, and notes of the others where
  /// they would be copied from: as an apply would find them.
  /// - Parameter past: keep tags that an apply would leave out then.
  func blockMissing(_ plan: Plan, past: Set<TagReference>) async -> Plan {
    var changes = plan.changes
    let wanted = changes.filter(\.isPut)
    let presences = await presences(of: Set(wanted.compactMap { NeededImage($0) }))
    let found = await find(wanted.filter { !past.contains($0.reference) }, lacking: presences)
    var leftOut: Set<TagReference> = []
    for index in changes.indices where changes[index].isPut {
      guard let image = NeededImage(changes[index]) else { continue }
      switch presences[image] {
      case .present, nil: continue
      case .missing where past.contains(changes[index].reference):
        leftOut.insert(changes[index].reference)
        continue
      case .missing:
        switch found[image] {
        case .found(let source):
          changes[index].copiedFrom = source
          continue
        case .missing(let reason), .unknown(let reason): changes[index].reason = reason
        case nil:
          let place = reader.registry.place(image.repository)
          changes[index].reason =
            "\(image.digest) is not in \(place); push the image there, or declare another digest"
        }
      case .unknown(let reason): changes[index].reason = reason
      }
      changes[index].action = .blocked
    }
    changes.removeAll { leftOut.contains($0.reference) }
    return Plan(changes: changes, inSync: plan.inSync)
  }

  private func find(
    _ changes: [Change], lacking presences: [NeededImage: ManifestPresence]
  ) async -> [NeededImage: SourceSearch] {
    guard let finder, !settings.sources.isEmpty else { return [:] }
    let wanted = Set(changes.compactMap { NeededImage($0) }.filter { presences[$0] == .missing })
    let missing = Array(wanted)
    let found = await missing.concurrentlyMapped(atOnce: reader.registry.concurrency) { [settings] in
      await finder.find($0.digest, for: $0.repository, in: settings.sources)
    }
    return Dictionary(uniqueKeysWithValues: zip(missing, found))
  }

  private func presences(of images: Set<NeededImage>) async -> [NeededImage: ManifestPresence] {
    let registry = reader.registry
    let images = Array(images)
    let presences = await images.concurrentlyMapped(atOnce: registry.concurrency) {
      await registry.presence(of: $0.digest, in: $0.repository)
    }
    return Dictionary(uniqueKeysWithValues: zip(images, presences))
  }
}
