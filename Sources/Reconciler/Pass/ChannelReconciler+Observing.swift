import Model
import Planning

extension ChannelReconciler {
  /// Asks the registry what this kind of pass has to know. An interrupted sweep keeps its place.
  /// - Throws: `PassHold` where the registry answered nothing at all.
  func observe(_ kind: PassKind, _ target: Target) async throws {
    let removed = memory.history.map { reader.removedTags($0.history, declared: target.declared) } ?? []
    switch kind {
    case .commit:
      let isFirstLook = memory.observed.isEmpty
      let unknown =
        memory.unobserved + removed.filter { memory.observed[$0] == nil }
        + memory.unreadAndDue(at: time.monotonic())
      // None of them was known before: even an answer that says nothing is news.
      let answers = await ask(unknown) { _ in true }
      if isFirstLook, let hold = unreachableHold(answers) { throw PassHold(reason: hold) }
    case .sweep:
      let remaining = memory.unfinishedSweep?.remaining ?? target.declared.entries.map(\.reference) + removed
      let earlier = memory.unfinishedSweep?.answers ?? [:]
      let answers = await ask(remaining) { unreachableHold($0) == nil }.merging(earlier) { new, _ in new }
      let left = remaining.filter { answers[$0] == nil }
      memory.unfinishedSweep = left.isEmpty ? nil : (left, answers)
      guard left.isEmpty else { return }
      if let hold = unreachableHold(answers) { throw PassHold(reason: hold) }
      memory.streak.count(answers)
    }
  }

  private func ask(
    _ tags: [TagReference], believing isBelieved: ([TagReference: Observation]) -> Bool
  ) async -> [TagReference: Observation] {
    guard !tags.isEmpty else { return [:] }
    let answers = await interrupt.cancelling { [registry] in await registry.observe(tags) }
    if isBelieved(answers) { memory.take(answers, at: time.monotonic()) }
    return answers
  }
}
