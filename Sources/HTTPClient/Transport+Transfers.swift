import CCurl

extension Transport {
  /// Gives the request to libcurl; its place is taken already.
  func start(_ id: Int, _ ticket: Pace.Ticket) {
    guard let request = waiting.removeValue(forKey: id), let failure = add(request, id, ticket) else {
      return
    }
    request.completion.resume(returning: .failure(failure))
    release(ticket, request.origin, PaceAnswer(.silent))
    leaveStreamPlace(request.line)
  }

  /// Nil where libcurl has it now.
  private func add(_ request: Waiting, _ id: Int, _ ticket: Pace.Ticket) -> HTTPError? {
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

  /// Lets a transfer go on that a callback paused.
  func continueTransfer(_ id: Int) {
    guard let transfer = inFlight[id] else { return }
    let result = transfer.unpause()
    if result != CURLE_OK { complete(transfer, .failure(transfer.error(result))) }
  }

  func abort(_ id: Int, _ code: HTTPError.Code) {
    if let request = removeWaiting(id) {
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
    if transfer.stream == nil, spare.count < concurrency { spare.append(transfer) }
    transfer.finishDownload(outcome)
    completion?.resume(returning: outcome)
    if let ticket = transfer.ticket { release(ticket, transfer.origin, answer) }
    leaveStreamPlace(transfer.stream?.line(to: transfer.origin))
    advance(transfer.origin)
    if inFlight.isEmpty, waiting.isEmpty, !drained.isEmpty {
      for waiter in drained { waiter.resume() }
      drained = []
    }
  }
}
