import CCurl

/// Sends HTTP requests by libcurl's multi interface: one thread, connections used again, each origin at its own pace:
/// at most `concurrency` requests in flight, fewer where it throttles, and the others queued in order.
package actor Transport {
  private struct Waiting {
    let request: HTTPRequest
    let origin: String
    let completion: CheckedContinuation<Transfer.Outcome, Never>
  }

  /// Requests in flight per origin (scheme, host and port), at most.
  package nonisolated let concurrency: Int
  private nonisolated let thread: CurlThread
  private let userAgent: String
  private let clock: PaceClock

  private var lastID = 0
  /// They stay: what was learned of an origin is needed when it is asked again. There are as many as are configured.
  private var queues: [String: OriginQueue] = [:]
  private var limits: [String: OriginLimits] = [:]
  private var waiting: [Int: Waiting] = [:]
  private var inFlight: [Int: Transfer] = [:]
  /// Handles with their options set, to be used again.
  private var spare: [Transfer] = []
  private var isShutDown = false
  private var drained: [CheckedContinuation<Void, Never>] = []

  /// Runs the actor on libcurl's thread.
  package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Tasks that mostly send requests run best here: `withTaskExecutorPreference(transport.taskExecutor)`.
  /// Nothing that takes long may, for all requests wait meanwhile.
  package nonisolated var taskExecutor: any TaskExecutor { thread }

  /// - Parameters:
  ///   - concurrency: for origins without limits of their own.
  ///   - userAgent: such as `tagkeeper/1.0`.
  /// - Throws: `HTTPError` where the system has no memory or thread to give.
  package init(concurrency: Int = 16, userAgent: String, clock: PaceClock = .system) throws(HTTPError) {
    precondition(concurrency > 0, "no request could ever start")
    let operation = "starting the HTTP client"
    self.concurrency = concurrency
    self.userAgent = userAgent
    self.clock = clock
    thread = try CurlThread(operation: operation)
    // libcurl's own default shrinks the cache to four connections as a burst ends.
    _ = shim_multi_setopt_long(thread.multi, CURLMOPT_MAXCONNECTS, 4 * concurrency)
    try thread.start(driving: self, operation: operation)
  }

  deinit { thread.stop() }

  /// Takes what an operator allows towards the origin of `url`: to be called before it is asked for the first time.
  package func setLimits(_ limits: OriginLimits, for url: String) {
    let origin = HTTPRequest(.get, url).origin
    self.limits[origin] = limits
    if queues[origin]?.isUnused == true { queues[origin] = nil }
  }

  /// The answer to `request`, whatever its status. Cancelling the task ends the transfer at once.
  /// - Throws: `HTTPError` where no complete answer came.
  package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    guard !isShutDown else { throw HTTPError(.shutDown, operation: request.operation, message: "") }
    guard !Task.isCancelled else { throw HTTPError(.cancelled, operation: request.operation, message: "") }
    lastID += 1
    let id = lastID
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation {
        enqueue(Waiting(request: request, origin: request.origin, completion: $0), id)
      }
    } onCancel: {
      // Runs on any thread, even before the request is queued: as a job of the actor it comes after that.
      Task(executorPreference: thread) { await self.abort(id, .cancelled) }
    }
    return try outcome.get()
  }

  /// Refuses new requests, ends those that wait, lets those in flight finish for `grace`, then ends them too.
  package func shutdown(grace: Duration) async {
    isShutDown = true
    for id in waiting.keys { abort(id, .shutDown) }
    guard !inFlight.isEmpty else { return }
    let deadline = Task {
      guard (try? await Task.sleep(for: grace)) != nil else { return }
      for id in self.inFlight.keys { self.abort(id, .shutDown) }
    }
    await withCheckedContinuation { drained.append($0) }
    deadline.cancel()
  }

  // MARK: Life of a request

  private func enqueue(_ request: Waiting, _ id: Int) {
    waiting[id] = request
    let limits = limits[request.origin] ?? OriginLimits(concurrency: concurrency)
    queues[request.origin, default: OriginQueue(limits)].append(id, request.request.method)
    advance(request.origin)
  }

  /// Starts what may start now, and sees to it that what has to wait is not forgotten.
  private func advance(_ origin: String) {
    while let step = queues[origin]?.next(at: clock.now(), where: { waiting[$0] != nil }) {
      switch step {
      case .start(let id, let ticket): start(id, ticket)
      case .refuse(let id, let until, let reason): refuse(id, until, reason)
      case .wait(let time): return wake(origin, at: time)
      }
    }
  }

  /// Gives the request to libcurl; its place is taken already.
  private func start(_ id: Int, _ ticket: Pace.Ticket) {
    guard let request = waiting.removeValue(forKey: id), let failure = add(request, id, ticket) else {
      return
    }
    request.completion.resume(returning: .failure(failure))
    release(ticket, request.origin, PaceAnswer(.silent))
  }

  private func refuse(_ id: Int, _ until: Duration, _ reason: String) {
    guard let request = waiting.removeValue(forKey: id) else { return }
    let message = "\(reason); no such request is sent before \(clock.text(of: until))"
    request.completion.resume(
      returning: .failure(HTTPError(.paused, operation: request.request.operation, message: message)))
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
  private func release(_ ticket: Pace.Ticket, _ origin: String, _ answer: PaceAnswer) {
    queues[origin]?.ended(ticket, answer, at: clock.now(), random: .random(in: 0..<1))
  }

  /// Nil where libcurl has it now.
  private func add(_ request: Waiting, _ id: Int, _ ticket: Pace.Ticket) -> HTTPError? {
    guard let transfer = spare.popLast() ?? Transfer() else {
      return HTTPError(
        .other(CURLE_OUT_OF_MEMORY.rawValue), operation: request.request.operation, message: "no memory")
    }
    do { try transfer.prepare(request.request, userAgent: userAgent) } catch { return error }
    let added = curl_multi_add_handle(thread.multi, transfer.easy)
    guard added == CURLM_OK else {
      return HTTPError(
        .other(CURLE_FAILED_INIT.rawValue), operation: request.request.operation,
        message: String(cString: curl_multi_strerror(added)))
    }
    transfer.id = id
    transfer.origin = request.origin
    transfer.ticket = ticket
    transfer.completion = request.completion
    inFlight[id] = transfer
    return nil
  }

  /// Completes what libcurl finished: true where there was anything. Called by the thread after each step.
  func harvest() -> Bool {
    var remaining: Int32 = 0
    var any = false
    while let message = curl_multi_info_read(thread.multi, &remaining) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      any = true
      let result = shim_message_result(message)
      let transfer = Unmanaged<Transfer>.fromOpaque(shim_private(easy)).takeUnretainedValue()
      complete(transfer, transfer.outcome(result))
    }
    return any
  }

  private func abort(_ id: Int, _ code: HTTPError.Code) {
    if let request = waiting.removeValue(forKey: id) {
      let error = HTTPError(code, operation: request.request.operation, message: "")
      request.completion.resume(returning: .failure(error))
    } else if let transfer = inFlight[id] {
      let error = HTTPError(code, operation: transfer.request?.operation ?? "", message: "")
      complete(transfer, .failure(error))
    }
  }

  private func complete(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
    inFlight[transfer.id] = nil
    let answer = transfer.paceAnswer(outcome, wall: clock.wall())
    curl_multi_remove_handle(thread.multi, transfer.easy)
    let completion = transfer.completion
    transfer.completion = nil
    // As many as can be in flight to one origin: more would only hold memory.
    if spare.count < concurrency { spare.append(transfer) }
    completion?.resume(returning: outcome)
    if let ticket = transfer.ticket { release(ticket, transfer.origin, answer) }
    advance(transfer.origin)
    if inFlight.isEmpty, waiting.isEmpty, !drained.isEmpty {
      for waiter in drained { waiter.resume() }
      drained = []
    }
  }
}
