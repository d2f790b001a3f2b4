import Model
import Planning

extension ChannelReconciler {
  /// Those in force. Nothing is copied either where they are not known.
  /// - Throws: `PassHold` where they are not known.
  func readSuspensions(_ report: inout PassReport) async throws(PassHold) {
    let now = time.now()
    report.suspensions = nil
    do {
      let suspensions = try await settings.suspensions(in: suspensions, at: now)
      report.suspensions = suspensions
      memory.suspendedUntil = suspensions.compactMap(\.until).min().map {
        time.monotonic() + now.duration(to: $0)
      }
    } catch {
      flights?.keep([])
      throw error
    }
  }

  /// What keeps the channel from changes now.
  /// - Throws: `PassHold` where it is not known what is suspended.
  func restraints(_ report: inout PassReport) async throws(PassHold) -> Restraints {
    try await readSuspensions(&report)
    return Restraints(
      suspensions: report.suspensions ?? [], reportsDrift: settings.reportsDrift,
      resting: memory.flaps.resting(at: time.monotonic()))
  }
}

extension ChannelSettings {
  /// Those in force that concern the channel.
  /// - Throws: `PassHold` where that is not known.
  func suspensions(
    in box: any SuspensionBox, at now: Timestamp
  ) async throws(PassHold) -> [Suspension] {
    switch await box.suspensions() {
    case .known(let all): all.filter { $0.concerns(name) && $0.isInForce(at: now) }
    case .unknown(let reason): throw PassHold(reason: reason)
    }
  }
}

extension PassReport {
  /// The whole channel is suspended, and differs from its branch: the commit is not applied.
  package var isSuspended: Bool {
    suspensions?.contains { $0.image == nil } == true && !plan.changes.isEmpty
  }
}
