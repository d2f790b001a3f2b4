import Model
import Planning

extension ChannelReconciler {
  /// Asks the registry what this kind of pass has to know.
  /// - Throws: `PassHold` where the registry answered nothing at all.
  func observe(_ kind: PassKind, _ target: Target) async throws {
    let removed = memory.ownership.map { reader.removedTags($0.history, declared: target.declared) } ?? []
    switch kind {
    case .commit:
      try await look(
        at: memory.unobserved + removed.filter { memory.observed[$0] == nil }
          + memory.unreadAndDue(at: time.monotonic()))
    case .sweep: try await sweep(target.declared.entries.map(\.reference) + removed, target.declared.digests)
    }
  }

  private func look(at tags: [TagReference]) async throws {
    let isFirstLook = memory.observed.isEmpty
    let answers = await ask(tags)
    // None of them was known before: even an answer that says nothing is news.
    memory.take(answers, at: time.monotonic())
    if isFirstLook, let reason = unreachableHold(answers) { throw silence(reason) }
  }

  /// Asks about every tag, but for those that this sweep was answered before it made way.
  private func sweep(_ tags: [TagReference], _ expected: [TagReference: Digest]) async throws {
    let earlier = takeUnfinishedSweep()
    let left = tags.filter { earlier[$0] == nil }
    let answers = await ask(left, expecting: expected)
    let all = earlier.merging(answers) { _, new in new }
    let isFinished = left.allSatisfy { answers[$0] != nil }
    if let reason = unreachableHold(isFinished ? all : answers) {
      // What was known before is not given up for an answer that says nothing: these tags are asked once more.
      if isFinished { throw silence(reason) }
      return memory.unfinishedSweep = UnfinishedSweep(interrupted: time.monotonic(), answers: earlier)
    }
    memory.take(answers, at: time.monotonic())
    if isFinished {
      memory.streak.count(all)
    } else {
      memory.unfinishedSweep = UnfinishedSweep(interrupted: time.monotonic(), answers: all)
    }
  }

  /// The answers of the sweep that made way, unless it lay still for so long that a new one is due.
  private func takeUnfinishedSweep() -> [TagReference: Observation] {
    defer { memory.unfinishedSweep = nil }
    guard let sweep = memory.unfinishedSweep else { return [:] }
    let rest = time.monotonic() - sweep.interrupted
    return rest <= min(sweepInterval, UnfinishedSweep.longestRest) ? sweep.answers : [:]
  }

  func ask(
    _ tags: [TagReference], expecting expected: [TagReference: Digest] = [:]
  ) async -> [TagReference: Observation] {
    guard !tags.isEmpty else { return [:] }
    let answers = await interrupt.cancelling { [registry] in await registry.observe(tags, expecting: expected)
    }
    if !answers.isEmpty, unreachableHold(answers) == nil { memory.silence = nil }
    return answers
  }

  /// The hold of a registry that does not answer. It ends when the registry is heard of.
  private func silence(_ reason: String) -> PassHold {
    memory.silence = reason
    return PassHold(reason: reason)
  }
}

extension DeclaredTags {
  /// What each tag is to point to: all that a listing may prove of it.
  var digests: [TagReference: Digest] {
    Dictionary(uniqueKeysWithValues: entries.map { ($0.reference, $0.digest) })
  }
}
