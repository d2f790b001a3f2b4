import CCurl

/// Sends HTTP requests by libcurl's multi interface: one thread, connections used again, each origin at its own pace:
/// at most `concurrency` requests in flight, fewer where it throttles, and the others queued in order.
package actor Transport {
  struct Waiting {
    let request: HTTPRequest
    let origin: String
    let stream: BodyStream?
    /// One of the few streams that may be under way; no matter for other requests.
    var hasStreamPlace = false
    var line: StreamLine? { stream?.line(to: origin) }
    let completion: CheckedContinuation<Transfer.Outcome, Never>
  }

  /// Requests in flight per origin (scheme, host and port) at most, where it has no limits of its own.
  package nonisolated let concurrency: Int
  /// By origin.
  nonisolated let limits: [String: OriginLimits]
  nonisolated let thread: CurlThread
  let userAgent: String
  let clock: PaceClock

  /// What was learned of so many servers is kept while nothing is sent to them.
  static let mostIdleQueues = 1000

  private var lastID = 0
  /// They stay: what was learned of an origin is needed when it is asked again. But there may be ever more of them:
  /// challenges and redirects name hosts, too.
  var queues: [String: OriginQueue] = [:]
  /// Downloads and uploads, before they are in an origin's queue; none where none is under way.
  var streamQueues: [StreamLine: StreamQueue] = [:]
  var waiting: [Int: Waiting] = [:]
  var inFlight: [Int: Transfer] = [:]
  /// Handles with their options set, to be used again.
  var spare: [Transfer] = []
  var isShutDown = false
  var drained: [CheckedContinuation<Void, Never>] = []

  /// Runs the actor on libcurl's thread.
  package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Tasks that mostly send requests run best here: `withTaskExecutorPreference(transport.taskExecutor)`.
  /// Nothing that takes long may, for all requests wait meanwhile.
  package nonisolated var taskExecutor: any TaskExecutor { thread }

  /// - Parameters:
  ///   - concurrency: for origins without limits of their own.
  ///   - limits: what an operator allows towards the origins of these URLs.
  ///   - userAgent: such as `tagkeeper/1.0`.
  /// - Throws: `HTTPError` where the system has no memory or thread to give.
  package init(
    concurrency: Int = 16, limits: [String: OriginLimits] = [:], userAgent: String, clock: PaceClock = .system
  ) throws(HTTPError) {
    precondition(concurrency > 0, "no request could ever start")
    let operation = "starting the HTTP client"
    self.concurrency = concurrency
    self.limits = Dictionary(limits.map { (HTTPRequest(.get, $0).origin, $1) }) { first, _ in first }
    self.userAgent = userAgent
    self.clock = clock
    thread = try CurlThread(operation: operation)
    // libcurl's own default shrinks the cache to four connections as a burst ends.
    let most = limits.values.map(\.concurrency).reduce(concurrency, max)
    _ = shim_multi_setopt_long(thread.multi, CURLMOPT_MAXCONNECTS, 4 * most)
    try thread.start(driving: self, operation: operation)
  }

  deinit { thread.stop() }

  /// What is allowed towards the origin of `url`.
  package nonisolated func limits(for url: String) -> OriginLimits {
    limits[HTTPRequest(.get, url).origin] ?? OriginLimits(concurrency: concurrency)
  }

  /// The answer to `request`, whatever its status. Cancelling the task ends the transfer at once.
  /// - Throws: `HTTPError` where no complete answer came.
  package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    var redirects = Redirects(request)
    while true {
      var response = try await exchange(redirects.request, newID(), nil)
      if try redirects.follow(response) { continue }
      if redirects.isRedirected { response.isRedirected = true }
      return response
    }
  }

  func newID() -> Int {
    lastID += 1
    return lastID
  }

  /// The whole answer to `request`, or its head where its body comes piece by piece.
  func exchange(
    _ request: HTTPRequest, _ id: Int, _ stream: BodyStream?
  ) async throws(HTTPError) -> HTTPResponse {
    guard !isShutDown else { throw HTTPError(.unsent, operation: request.operation, message: "") }
    guard !Task.isCancelled else { throw HTTPError(.cancelled, operation: request.operation, message: "") }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation {
        enqueue(Waiting(request: request, origin: request.origin, stream: stream, completion: $0), id)
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
    for id in waiting.keys { abort(id, .unsent) }
    guard !inFlight.isEmpty else { return }
    let deadline = Task {
      guard (try? await Task.sleep(for: grace)) != nil else { return }
      for id in self.inFlight.keys { self.abort(id, .shutDown) }
    }
    await withCheckedContinuation { drained.append($0) }
    deadline.cancel()
  }
}
