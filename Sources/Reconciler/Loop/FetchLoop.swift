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
  private var outage: FetchOutage?
  /// How often somebody asked that passes wait for news, and after which of these each branch had an answer.
  private var wanted = 1
  private var answered: [String: Int] = [:]

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

  /// Asks for a fetch at once, on which passes wait: a person's word is about what the remote has now.
  package func renew() {
    wanted += 1
    fetchNow()
  }

  /// Fetches at once, and again as the schedule or `fetchNow` says, until the task is cancelled.
  /// - Parameter news: Called after each branch that may have moved, be gone or be back, or that passes need no
  ///   longer wait for.
  package func run(news: @escaping @Sendable () async -> Void) async {
    fetchNow()
    var alarm: Task<Void, any Error>?
    defer { alarm?.cancel() }
    for await _ in wakes {
      alarm?.cancel()
      let failures = await fetchAll(news)
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

  /// Why passes of the channels that follow `branch` are held; nil where they are not. Those wait for the first
  /// answer, or failure: what was fetched before this process began may have been reverted since. After it a remote
  /// that does not answer holds nothing: what was fetched last stays desired.
  package func hold(on branch: String) -> Hold? {
    if let remedy = vanished[branch] { return .vanished(remedy) }
    return branches.contains(branch) && answered[branch, default: 0] < wanted ? .awaited : nil
  }

  package enum Hold: Hashable, Sendable {
    case awaited
    /// What to do about it.
    case vanished(String)
  }

  /// One after the other: what hangs or is gone is no other branch's failure. A remote that gives no answer is not
  /// asked once more for each: to a host that refuses, those were so many attempts to log in.
  /// - Returns: Those that failed, with why.
  private func fetchAll(_ news: @Sendable () async -> Void) async -> [FetchFailure] {
    var failures: [FetchFailure] = []
    for (index, branch) in branches.enumerated() {
      let wanted = wanted
      let outcome = await fetcher.fetch(branch)
      if Task.isCancelled { break }
      var hasAnswer = true
      switch outcome {
      case .fetched:
        lastFetched[branch] = time.monotonic()
        if vanished.removeValue(forKey: branch) != nil { events.take(.branchReturned(branch)) }
      case .vanished(let remedy):
        if vanished.updateValue(remedy, forKey: branch) == nil {
          events.take(.branchVanished(branch, reason: remedy))
        }
      case .failed(let reason):
        failures.append(FetchFailure(branch: branch, reason: reason))
        hasAnswer = false
      case .unreachable(let reason):
        failures += branches[index...].map { FetchFailure(branch: $0, reason: reason) }
        if answer(branches[index...], wanted) { await news() }
        return failures
      }
      if answer([branch], wanted) || hasAnswer { await news() }
    }
    return failures
  }

  /// - Returns: Whether passes waited for one of them.
  private func answer(_ branches: some Sequence<String>, _ wanted: Int) -> Bool {
    var wereAwaited = false
    for branch in branches where answered.updateValue(wanted, forKey: branch) != wanted { wereAwaited = true }
    return wereAwaited
  }

  private func tell(_ failures: [FetchFailure]) {
    let now = time.monotonic()
    guard !failures.isEmpty else {
      if let outage { events.take(.fetchResumed(after: now - outage.start)) }
      outage = nil
      return
    }
    var outage = self.outage ?? FetchOutage(start: now)
    for failures in outage.news(of: failures, now: now) {
      let ages = failures.map { failure in lastFetched[failure.branch].map { now - $0 } }
      events.take(
        .fetchFailed(
          failures.map(\.branch), reason: failures[0].reason,
          age: ages.contains(nil) ? nil : ages.compactMap(\.self).max()))
    }
    self.outage = outage
  }
}
