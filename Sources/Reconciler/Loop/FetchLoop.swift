/// Fetches the channels' branches beside the passes, and remembers which of them the remote has no more.
package actor FetchLoop {
  private let branches: [String]
  private let fetcher: any BranchFetcher
  private let events: any EventSink
  private let time: any TimeSource
  private let wakes: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation
  private var schedule: FetchSchedule
  /// Monotonic.
  private var lastFetched: [String: Duration] = [:]
  /// What to do about each branch that is gone.
  private var vanished: [String: String] = [:]
  private var outage: Outage?

  /// Why some branches can't be fetched, from the first failure to a round without one.
  private struct Outage {
    let start: Duration
    var told: Set<String> = []
  }

  /// - Parameter branches: As the configuration names them, each once.
  package init(
    _ branches: [String], fetcher: any BranchFetcher, interval: Duration, events: any EventSink,
    time: any TimeSource
  ) {
    self.branches = branches
    self.fetcher = fetcher
    self.events = events
    self.time = time
    schedule = FetchSchedule(interval: interval)
    (wakes, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Asks for a fetch at once. Any number of calls while one is under way make one more.
  package nonisolated func fetchNow() { bell.yield() }

  /// Fetches at once, and again as the schedule or `fetchNow` says, until the task is cancelled.
  /// - Parameter answered: Called after each branch that the remote answered for: it may have moved, be gone or
  ///   be back.
  package func run(answered: @escaping @Sendable () async -> Void) async {
    fetchNow()
    var alarm: Task<Void, any Error>?
    defer { alarm?.cancel() }
    for await _ in wakes {
      alarm?.cancel()
      let failures = await fetchAll(answered)
      if Task.isCancelled { return }
      tell(failures)
      let isSuccess = failures.count < branches.count
      let due = time.monotonic() + schedule.pause(afterSuccess: isSuccess, random: time.random())
      alarm = Task { [time, bell] in
        try await time.sleep(until: due)
        bell.yield()
      }
    }
  }

  /// Why passes of the channels that follow `branch` are held; nil where they are not. A remote that does not
  /// answer holds nothing: what was fetched last stays desired.
  package func hold(on branch: String) -> String? { vanished[branch] }

  /// One after the other: what hangs or is gone is no other branch's failure.
  /// - Returns: Those that failed, with why.
  private func fetchAll(_ answered: @Sendable () async -> Void) async -> [(branch: String, reason: String)] {
    var failures: [(branch: String, reason: String)] = []
    for branch in branches {
      let outcome = await fetcher.fetch(branch)
      if Task.isCancelled { break }
      switch outcome {
      case .fetched:
        lastFetched[branch] = time.monotonic()
        if vanished.removeValue(forKey: branch) != nil { events.take(.branchReturned(branch)) }
      case .vanished(let remedy):
        if vanished.updateValue(remedy, forKey: branch) == nil {
          events.take(.branchVanished(branch, reason: remedy))
        }
      case .failed(let reason):
        failures.append((branch, reason))
        continue
      }
      await answered()
    }
    return failures
  }

  /// Each reason once while it lasts, and the end of them all.
  private func tell(_ failures: [(branch: String, reason: String)]) {
    let now = time.monotonic()
    guard !failures.isEmpty else {
      if let outage { events.take(.fetchResumed(after: now - outage.start)) }
      outage = nil
      return
    }
    let told = outage?.told ?? []
    let reasons = Dictionary(grouping: failures) { $0.reason.withoutDigits }
    for (reason, failures) in reasons.sorted(by: { $0.value[0].branch < $1.value[0].branch })
    where !told.contains(reason) {
      let branches = failures.map(\.branch)
      let ages = branches.map { branch in lastFetched[branch].map { now - $0 } }
      events.take(
        .fetchFailed(
          branches, reason: failures[0].reason,
          age: ages.contains(nil) ? nil : ages.compactMap(\.self).max()))
    }
    outage = Outage(start: outage?.start ?? now, told: Set(reasons.keys))
  }
}
