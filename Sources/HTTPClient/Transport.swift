import CCurl

/// Sends HTTP requests by libcurl's multi interface: one thread, connections used again, at most
/// `concurrency` requests in flight per origin and the others queued in order.
package actor Transport {
  private struct Waiting {
    let request: HTTPRequest
    let stream: BodyStream?
    /// The origin, where no body is streamed.
    let queue: String
    let completion: CheckedContinuation<Transfer.Outcome, Never>
  }

  /// Requests in flight per origin (scheme, host and port), at most.
  package nonisolated let concurrency: Int
  private nonisolated let thread: CurlThread
  private let userAgent: String

  private var lastID = 0
  private var queues: [String: RequestQueue] = [:]
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

  /// - Parameter userAgent: such as `tagkeeper/1.0`.
  /// - Throws: `HTTPError` where the system has no memory or thread to give.
  package init(concurrency: Int = 16, userAgent: String) throws(HTTPError) {
    precondition(concurrency > 0, "no request could ever start")
    let operation = "starting the HTTP client"
    self.concurrency = concurrency
    self.userAgent = userAgent
    thread = try CurlThread(operation: operation)
    // libcurl's own default shrinks the cache to four connections as a burst ends.
    _ = shim_multi_setopt_long(thread.multi, CURLMOPT_MAXCONNECTS, 4 * concurrency)
    try thread.start(driving: self, operation: operation)
  }

  deinit { thread.stop() }

  /// The answer to `request`, whatever its status. Cancelling the task ends the transfer at once.
  /// - Throws: `HTTPError` where no complete answer came.
  package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    try await exchange(request, newID(), nil)
  }

  func newID() -> Int {
    lastID += 1
    return lastID
  }

  /// The whole answer to `request`, or its head where its body comes piece by piece.
  func exchange(
    _ request: HTTPRequest, _ id: Int, _ stream: BodyStream?
  ) async throws(HTTPError) -> HTTPResponse {
    guard !isShutDown else { throw HTTPError(.shutDown, operation: request.operation, message: "") }
    guard !Task.isCancelled else { throw HTTPError(.cancelled, operation: request.operation, message: "") }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation {
        let queue = stream?.queue ?? request.origin
        enqueue(Waiting(request: request, stream: stream, queue: queue, completion: $0), id)
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
    let limit = request.stream == nil ? concurrency : Self.streams
    if queues[request.queue, default: RequestQueue(limit: limit)].admit(id) { start(id) }
  }

  /// Gives the request to libcurl; its place in the queue is taken already.
  private func start(_ id: Int) {
    var next: Int? = id
    while let id = next {
      guard let request = waiting.removeValue(forKey: id) else { return }
      guard let failure = add(request, id) else { return }
      request.completion.resume(returning: .failure(failure))
      next = release(request.queue)
    }
  }

  /// Nil where libcurl has it now.
  private func add(_ request: Waiting, _ id: Int) -> HTTPError? {
    guard let transfer = (request.stream == nil ? spare.popLast() : nil) ?? Transfer() else {
      return HTTPError(
        .other(CURLE_OUT_OF_MEMORY.rawValue), operation: request.request.operation, message: "no memory")
    }
    transfer.stream = request.stream
    do { try transfer.prepare(request.request, userAgent: userAgent) } catch { return error }
    let added = curl_multi_add_handle(thread.multi, transfer.easy)
    guard added == CURLM_OK else {
      return HTTPError(
        .other(CURLE_FAILED_INIT.rawValue), operation: request.request.operation,
        message: String(cString: curl_multi_strerror(added)))
    }
    transfer.id = id
    transfer.queue = request.queue
    transfer.completion = request.completion
    inFlight[id] = transfer
    return nil
  }

  /// Ends one request's place in its queue: the request that is to start instead.
  private func release(_ queue: String) -> Int? {
    while let id = queues[queue]?.finish() {
      if waiting[id] != nil { return id }
    }
    if queues[queue]?.isIdle == true { queues[queue] = nil }
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

  /// Lets a transfer go on that a callback paused.
  func continueTransfer(_ id: Int) {
    guard let transfer = inFlight[id] else { return }
    let result = transfer.unpause()
    if result != CURLE_OK { complete(transfer, .failure(transfer.error(result))) }
  }

  func abort(_ id: Int, _ code: HTTPError.Code) {
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
    curl_multi_remove_handle(thread.multi, transfer.easy)
    let completion = transfer.completion
    transfer.completion = nil
    // As many as can be in flight to one origin: more would only hold memory.
    if transfer.stream == nil, spare.count < concurrency { spare.append(transfer) }
    transfer.finishDownload(outcome)
    completion?.resume(returning: outcome)
    if let next = release(transfer.queue) { start(next) }
    if inFlight.isEmpty, waiting.isEmpty, !drained.isEmpty {
      for waiter in drained { waiter.resume() }
      drained = []
    }
  }
}
