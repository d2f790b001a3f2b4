import Model
import Planning

/// What is known of a channel's keep tags in this process. Each is asked about once, and then daily: nothing moves them.
struct KeepMemory {
  /// How often a keep tag that is as it should be is asked about.
  static let interval: Duration = .seconds(86_400)

  private struct Answer {
    let observation: Observation
    /// Monotonic.
    let at: Duration
    /// The registry lacks the digest, and nobody misses the tag.
    var isGivenUp = false
  }
  private var answers: [TagReference: Answer] = [:]
  /// The tags that this pass asked about: only they may be written.
  private var fresh: Set<TagReference> = []

  /// The tags to ask about at `now`: what is not as it should be is asked about in every pass.
  mutating func beginPass(_ tags: [KeepTag], at now: Duration) -> [TagReference] {
    fresh = []
    answers = answers.filter { now - $0.value.at < Self.interval }
    return tags.filter { tag in
      guard let answer = answers[tag.reference] else { return true }
      return answer.observation.digest != tag.digest && !answer.isGivenUp
    }.map(\.reference)
  }

  mutating func take(_ new: [TagReference: Observation], at now: Duration) {
    for (tag, observation) in new {
      answers[tag] = Answer(observation: observation, at: now)
      fresh.insert(tag)
    }
  }

  /// The last answer; nil where there is none, and where the tag is left alone.
  func observation(of tag: TagReference) -> Observation? {
    answers[tag].flatMap { $0.isGivenUp ? nil : $0.observation }
  }

  func isFresh(_ tag: TagReference) -> Bool { fresh.contains(tag) }

  mutating func wrote(_ digest: Digest, to tag: TagReference, at now: Duration) {
    answers[tag] = Answer(observation: .present(digest), at: now)
  }

  mutating func giveUp(_ tag: TagReference, at now: Duration) {
    answers[tag] = Answer(observation: .absent, at: now, isGivenUp: true)
  }
}
