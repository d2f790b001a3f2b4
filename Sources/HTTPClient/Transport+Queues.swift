extension Transport {
  func enqueue(_ request: Waiting, _ id: Int) {
    waiting[id] = request
    guard let line = request.line else { return lineUp(id) }
    if streamQueues[line, default: StreamQueue(limit: Self.streams)].admit(id) { takeStreamPlace(id) }
  }

  private func takeStreamPlace(_ id: Int) {
    waiting[id]?.hasStreamPlace = true
    lineUp(id)
  }

  private func lineUp(_ id: Int) {
    guard let request = waiting[id] else { return }
    let origin = request.origin
    if queues[origin] == nil, queues.count >= Self.mostIdleQueues { forgetIdleQueues() }
    queues[origin, default: OriginQueue(limits(for: origin))]
      .append(id, request.request.method, isStream: request.stream != nil)
    advance(origin)
  }

  /// Starts what may start now, and sees to it that what has to wait is not forgotten.
  func advance(_ origin: String) {
    while let step = queues[origin]?.next(at: clock.now(), where: { waiting[$0] != nil }) {
      switch step {
      case .start(let id, let ticket): start(id, ticket)
      case .refuse(let id, let until, let reason): refuse(id, until, reason)
      case .wait(let time): return wake(origin, at: time)
      }
    }
  }

  private func forgetIdleQueues() {
    queues = queues.filter { origin, queue in limits.keys.contains(origin) || queue.isBusy }
  }

  private func refuse(_ id: Int, _ until: Duration, _ reason: String) {
    guard let request = removeWaiting(id) else { return }
    let message = "\(reason); no such request is sent before \(clock.text(of: until))"
    request.completion.resume(
      returning: .failure(HTTPError(.paused, operation: request.request.operation, message: message)))
  }

  /// Takes a request out of all queues.
  func removeWaiting(_ id: Int) -> Waiting? {
    guard let request = waiting.removeValue(forKey: id) else { return nil }
    if request.hasStreamPlace { leaveStreamPlace(request.line) }
    return request
  }

  func leaveStreamPlace(_ line: StreamLine?) {
    guard let line else { return }
    while let id = streamQueues[line]?.finish() {
      if waiting[id] != nil, !isShutDown { return takeStreamPlace(id) }
    }
    if streamQueues[line]?.isIdle == true { streamQueues[line] = nil }
  }

  private func wake(_ origin: String, at time: Duration) {
    guard queues[origin]?.needsWakeUp(at: time) == true else { return }
    Task(executorPreference: thread) { [weak self, clock] in
      await clock.sleep(time)
      await self?.wokeUp(origin, at: time)
    }
  }

  private func wokeUp(_ origin: String, at time: Duration) {
    queues[origin]?.wokeUp(at: time)
    advance(origin)
  }

  /// Ends one request's place in its queue.
  func release(_ ticket: Pace.Ticket, _ origin: String, _ answer: PaceAnswer) {
    queues[origin]?.ended(ticket, answer, at: clock.now(), random: .random(in: 0..<1))
  }
}
