extension Transport {
  /// Downloads at once at most from one origin, and as many uploads to one of what comes from one. They wait in line
  /// apart from other requests, and from each other, so that a copy needs no place that another request holds.
  ///
  /// Whoever holds a download open must not wait to begin an upload: begin the upload, and open its download when the
  /// source is first asked. Then as many copies as one likes wait for each other and none for itself.
  package static var streams: Int { 4 }

  /// Sends `request`, and returns once the head of the last answer is there: its body is to be read.
  ///
  /// Over HTTP/1.1. The total timeout does not apply, the idle timeout does, also to less than 1 KiB a second,
  /// but not while the body waits for its reader. Cancelling the task, or letting go of the body, ends the transfer at once.
  /// - Throws: `HTTPError` where no head came, or an error's body is too large or not whole.
  package func download(_ request: HTTPRequest) async throws(HTTPError) -> HTTPDownload {
    var redirects = Redirects(request)
    while true {
      let body = IncomingBody()
      let id = newID()
      var response = try await exchange(redirects.request, id, .download(body))
      if try redirects.follow(response) { continue }
      if redirects.isRedirected { response.isRedirected = true }
      return HTTPDownload(
        response: response,
        body: ResponseBody(body, of: id, on: self, origin: request.origin, operation: request.operation))
    }
  }

  /// Sends `request` with the bytes of `source` as its body, and returns the whole answer.
  ///
  /// Over HTTP/1.1. The source is first asked when the server is ready for the body: over 1 MiB, the request waits for
  /// `100 Continue`, at most a second. An answer that refuses ends the upload, and the source's `next` is cancelled.
  /// Nothing is sent twice: no redirect is followed, and a connection that breaks is `HTTPError.Code.reset`.
  /// - Parameters:
  ///   - request: Its own `body` is not used.
  ///   - size: What `source` has, in bytes; nil where that is unknown (chunked).
  /// - Throws: What `source` throws, which ends the transfer; else `HTTPError` where no whole answer came.
  package func upload(
    _ request: HTTPRequest, from source: any ByteSource, size: Int?
  ) async throws -> HTTPResponse {
    // A refusal of a large body is to come before it is sent.
    let awaitsContinue = size ?? .max > 1 << 20
    let (response, isAsked) = try await send(request, source, size, awaitsContinue: awaitsContinue)
    // † libcurl 7.88 leaves it at that, where the server knows no "Expect".
    guard response.status == 417, awaitsContinue, !isAsked else { return response }
    return try await send(request, source, size, awaitsContinue: false).response
  }

  /// Also returns whether libcurl asked for the body.
  private func send(
    _ request: HTTPRequest, _ source: any ByteSource, _ size: Int?, awaitsContinue: Bool
  ) async throws -> (response: HTTPResponse, isAsked: Bool) {
    let id = newID()
    let body = OutgoingBody(
      size: size, sourceOrigin: source.origin, awaitsContinue: awaitsContinue
    ) { [self] in unpause(id) }
    return try await withThrowingTaskGroup(of: HTTPResponse?.self) { group in
      group.addTask { [self] in
        defer { body.stop() }
        return try await exchange(request, id, .upload(body))
      }
      // Not on the curl thread, where the caller may be: the source may hash.
      group.addTask(executorPreference: globalConcurrentExecutor) {
        try await body.fill(from: source, operation: request.operation)
        return nil
      }
      defer { group.cancelAll() }
      while let response = try await group.next() {
        if let response { return (response, body.isWanted) }
      }
      // The first task returns an answer or throws.
      throw CancellationError()
    }
  }

  /// Lets a paused transfer go on, if it is not over.
  nonisolated func unpause(_ id: Int) {
    Task(executorPreference: taskExecutor) { await self.continueTransfer(id) }
  }

  /// Ends a transfer whose body nobody reads, if it is not over.
  nonisolated func abandon(_ id: Int) {
    Task(executorPreference: taskExecutor) { await self.abort(id, .cancelled) }
  }
}
