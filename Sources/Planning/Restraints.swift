package import Model

/// What keeps a channel from making changes that it plans all the same.
package struct Restraints: Hashable, Sendable {
  /// Those in force that concern the channel.
  package var suspensions: [Suspension]
  /// Drift is told of, and left.
  package var reportsDrift: Bool
  /// Tags that somebody else keeps moving back: for how long each is left yet.
  package var resting: [TagReference: Duration]

  package init(
    suspensions: [Suspension] = [], reportsDrift: Bool = false, resting: [TagReference: Duration] = [:]
  ) {
    self.suspensions = suspensions
    self.reportsDrift = reportsDrift
    self.resting = resting
  }
}

extension Plan {
  /// The plan with those changes held that are not to be made now.
  package func restrained(by restraints: Restraints) -> Plan {
    Plan(changes: changes.map { $0.restrained(by: restraints) }, inSync: inSync)
  }
}

extension Change {
  fileprivate func restrained(by restraints: Restraints) -> Change {
    guard isToBeDone else { return self }
    if let suspension = restraints.suspensions.first(where: { $0.covers(key) }) {
      return restrained(.suspended, suspension.sentence)
    }
    guard cause == .drift else { return self }
    let difference = "it has \(from?.short ?? "no digest"), and the branch declares \(to?.short ?? "none")"
    if restraints.reportsDrift {
      return restrained(.reported, "drift: \(difference); this channel reports drift and leaves it")
    }
    guard let rest = restraints.resting[reference] else { return self }
    let minutes = Int((rest / .seconds(60)).rounded(.up))
    return restrained(
      .resting,
      "somebody else keeps moving it back: \(difference); find who writes it; it is left for \(minutes) min")
  }

  private func restrained(_ restraint: Restraint, _ reason: String) -> Change {
    var change = self
    (change.action, change.restraint, change.reason) = (.held, restraint, reason)
    return change
  }
}
