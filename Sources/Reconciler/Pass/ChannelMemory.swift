import Model
import Planning

/// A commit, where it is known, that waits.
struct Waiting: Hashable {
  let commit: CommitID?
  let reason: String
}

/// What a channel's passes remember of one another in this process.
struct ChannelMemory {
  /// The last good target. A held pass leaves it as it is.
  var target: Target?
  var history: HistoryReading?
  /// A whole history was read in this process: what is left to read of it is what is new.
  var readsOn = false
  var creation = Creation.none
  /// The same of the source's history.
  var readsSourceOn = false
  /// Whose tags are ours to delete; nil while the history is being read.
  var ownership: HistoryReading?
  var keep = KeepMemory()
  /// Each tag's last answer. A write's answer is one too.
  var observed: [TagReference: Observation] = [:]
  /// The digest with which each tag was last in sync, as far as no write may have changed it since.
  var settled: [TagReference: Digest] = [:]
  var grace = DriftGrace()
  var streak = ServerErrorStreak()
  var flaps = FlapBreaker(sweep: .zero)
  var backoff = ChangeBackoff()
  var unfinishedSweep: UnfinishedSweep?
  /// What was last said of each tag that needs a person.
  var said: [TagReference: Change] = [:]
  /// Writes that failed, and may have been made all the same.
  var failedWrites: [TagReference: Change] = [:]
  /// The tags that wait for a copy: its end brings the pass that puts them.
  var copying: Set<TagReference> = []
  /// Images of whose copies events told, until nothing is left to do.
  var toldCopying: Set<NeededImage> = []
  var heldReason: String?
  /// Why the registry answered nothing, when it was last asked; nil once it is heard of again.
  var silence: String?
  /// For what a pass waits, as it was last told.
  var toldWaiting: Waiting?
  /// Why deletions are held, as it was last told.
  var toldGap: String?
  /// Why nothing is created from another channel, and why keep tags wait, as it was last told.
  var toldCreateFromGap: String?
  var toldKeepGap: String?
  /// Tags of which it was told that they may have drifted.
  var toldSuspects: Set<TagReference> = []
  /// When the first of the suspensions ends that the last pass knew; nil where none does by itself.
  var suspendedUntil: Duration?
  /// The suspensions that it was told of.
  var toldSuspensions: [Suspension] = []
  /// How things stood when that was last told and journalled.
  var toldStanding: Plan.Summary?

  /// Tags that a new commit declared and nobody asked about: what stands there has to give way, so they are written
  /// without asking.
  var unseen: Set<TagReference> = []

  /// Takes a new target; a new commit makes everything unfinished due: what waited is tried, what was not known is asked.
  mutating func take(_ next: Target, template: TagTemplate) {
    defer { target = next }
    guard let target, target.commit != next.commit else { return }
    backoff = ChangeBackoff()
    settled = next.unchanged(settled, since: target)
    observed = observed.filter { $0.value.isKnown }
    failedWrites = failedWrites.filter { tag, change in next.declared[tag]?.digest == change.to }
    unseen = []
    for key in target.state.keysDeclaredAnew(in: next.state) {
      guard let tag = try? template.tag(for: key.image) else { continue }
      let reference = TagReference(key.repository, tag)
      if observed[reference] == nil { unseen.insert(reference) }
    }
  }

  /// The declared tags that were never observed and are not to be written unseen.
  var unobserved: [TagReference] {
    target?.declared.entries.map(\.reference).filter { observed[$0] == nil && !unseen.contains($0) } ?? []
  }

  /// Tags that could not be read after a write to them had failed, and may be asked again.
  func unreadAndDue(at now: Duration) -> [TagReference] {
    observed.compactMap { tag, observation in
      guard !observation.isKnown, backoff.knows(tag), backoff.isDue(tag, at: now) else { return nil }
      return tag
    }
  }

  /// A sweep's answers, each believed as far as the time since our own write allows.
  mutating func take(_ answers: [TagReference: Observation], at now: Duration) {
    for (tag, observation) in answers { observed[tag] = grace.judge(observation, of: tag, at: now) }
  }
}
