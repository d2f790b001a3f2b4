import Model
import Planning

extension ChannelMemory {
  mutating func wrote(_ digest: Digest, to tag: TagReference, at now: Duration) {
    observed[tag] = .present(digest)
    unseen.remove(tag)
    settled[tag] = digest
    grace.wrote(digest, to: tag, at: now)
    backoff.succeeded(tag)
    (failedWrites[tag], said[tag]) = (nil, nil)
  }

  /// A write that failed may have been made all the same: what stands there is not known until it is asked again.
  mutating func failed(_ change: Change, at now: Duration, random: Double, isTerminal: Bool) {
    if isTerminal {
      backoff.refused(change.reference)
    } else {
      backoff.failed(change.reference, at: now, random: random)
    }
    if change.outcome == .failed { failedWrites[change.reference] = change }
    guard change.action != .blocked || change.to == nil else { return }
    if change.cause != .drift { settled[change.reference] = nil }
    observed[change.reference] = nil
    grace.forget(change.reference)
  }

  mutating func kept(_ digest: Digest, at tag: TagReference, _ now: Duration) {
    keep.wrote(digest, to: tag, at: now)
    backoff.succeeded(tag)
    (failedWrites[tag], said[tag]) = (nil, nil)
  }

  mutating func deleted(_ tag: TagReference) {
    observed[tag] = .absent
    grace.forget(tag)
    settled[tag] = nil
    backoff.succeeded(tag)
    (failedWrites[tag], said[tag]) = (nil, nil)
  }

  /// Failed writes whose tags were found since as they were to be.
  mutating func takeFoundDone() -> [Change] {
    let done = failedWrites.filter { tag, change in
      (observed[tag] ?? keep.observation(of: tag)) == change.to.map { .present($0) } ?? .absent
    }
    for tag in done.keys { (failedWrites[tag], said[tag]) = (nil, nil) }
    return done.values.sorted { $0.reference < $1.reference }
  }
}
