/// The order in which one origin's requests start: first come, first served, at its pace.
///
/// The queue is ours, not libcurl's: there a request's timeout runs while it waits, and each takes 11 KiB.
struct OriginQueue {
  enum Step {
    case start(Int, Pace.Ticket)
    case refuse(Int, until: Duration, reason: String)
    /// Nothing starts before then, unless a request ends.
    case wait(until: Duration)
  }

  private var pace: Pace
  private var waiting = FIFO<(id: Int, method: HTTPRequest.Method, isStream: Bool)>()
  /// The earliest time at which the queue is looked at again though nothing happens.
  private(set) var wakeUp: Duration?

  init(_ limits: OriginLimits) { pace = Pace(limits) }

  /// - Parameter isStream: It takes none of the origin's places; how many are under way is bounded elsewhere.
  mutating func append(_ id: Int, _ method: HTTPRequest.Method, isStream: Bool = false) {
    waiting.append((id, method, isStream))
  }

  /// What is to be done with the request that waits longest; nil where none does, or another has to end first.
  /// - Parameter isWanted: False for a request that was cancelled meanwhile.
  mutating func next(at now: Duration, where isWanted: (Int) -> Bool) -> Step? {
    while let first = waiting.first, !isWanted(first.id) { _ = waiting.popFirst() }
    guard let (id, method, isStream) = waiting.first else { return nil }
    switch pace.permission(for: method, isStream: isStream, at: now) {
    case .afterAnother: return nil
    case .at(let time): return .wait(until: time)
    case .now:
      _ = waiting.popFirst()
      return .start(id, pace.started(method, isStream: isStream, at: now))
    case .refused(let time, let reason):
      _ = waiting.popFirst()
      return .refuse(id, until: time, reason: reason)
    }
  }

  mutating func ended(
    _ ticket: Pace.Ticket, _ answer: PaceAnswer, at now: Duration, random: @autoclosure () -> Double
  ) {
    pace.ended(ticket, answer, at: now, random: random())
  }

  /// True where somebody has to wake the queue then: nobody does so as early yet.
  mutating func needsWakeUp(at time: Duration) -> Bool {
    if let wakeUp, wakeUp <= time { return false }
    wakeUp = time
    return true
  }

  /// Whether anything waits or is in flight.
  var isBusy: Bool { waiting.first != nil || pace.isBusy }

  mutating func wokeUp(at time: Duration) { if wakeUp == time { wakeUp = nil } }
}
