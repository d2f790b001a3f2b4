import CCurl

/// The body that comes or goes piece by piece; the other one is held whole.
enum BodyStream: Sendable {
  case download(IncomingBody)
  case upload(OutgoingBody)

  /// The line that the stream waits in for a place, towards `origin`.
  func line(to origin: String) -> StreamLine {
    switch self {
    case .download: StreamLine(direction: .down, origin: origin)
    case .upload(let body): StreamLine(direction: .up, origin: origin, source: body.sourceOrigin)
    }
  }
}

extension Transfer {
  /// In bytes a second: what is slower, for as long as the idle timeout, is as good as silent.
  private static var slowestStream: Int { 1024 }

  var upload: OutgoingBody? {
    guard case .upload(let body) = stream else { return nil }
    return body
  }

  var awaitsContinue: Bool { upload?.awaitsContinue ?? false }

  private var download: IncomingBody? {
    guard case .download(let body) = stream else { return nil }
    return body
  }

  /// Where the body goes that arrives; nil where it is collected, as an error's is.
  var incoming: IncomingBody? { completion == nil ? download : nil }

  /// True for an answer that refused a streamed body: it stands, whatever became of the rest of either body.
  var isRefused: Bool { upload != nil && status >= 300 }

  func setStream(_ stream: BodyStream) {
    // What trickles would keep its place for days.
    _ = shim_setopt_long(easy, CURLOPT_LOW_SPEED_LIMIT, Self.slowestStream)
    // A proxy's 200 to CONNECT is no answer's head.
    _ = shim_setopt_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    switch stream {
    case .download: _ = shim_setopt_long(easy, CURLOPT_BUFFERSIZE, 128 << 10)
    case .upload(let body):
      _ = shim_setopt_long(easy, CURLOPT_UPLOAD, 1)
      _ = shim_setopt_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
      // Of unknown size: chunked (RFC 9112 section 7.1).
      _ = shim_setopt_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(body.size ?? -1))
      _ = shim_setopt_data_callback(easy, CURLOPT_READFUNCTION, curlWantsBody)
      _ = shim_setopt_ptr(easy, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
    }
  }

  /// The blank line behind a head has come: the last answer's, or a `100 Continue`'s, or a redirect's.
  func headEnded() {
    switch stream {
    case .download where 200..<300 ~= status:
      let response = HTTPResponse(
        status: status, headers: HTTPHeaders(headers), body: [], isRedirected: redirectCount > 0)
      let completion = completion
      self.completion = nil
      completion?.resume(returning: .success(response))
    // After a 417 (RFC 9110 section 15.5.18), later versions of libcurl send the request again without "Expect".
    case .upload(let body) where status >= 300 && status != 417: body.stop()
    default: break
    }
  }

  /// Tells the reader of a download, where there is one, that nothing more comes.
  func finishDownload(_ outcome: Outcome) {
    guard let download else { return }
    switch outcome {
    case .success: download.finish(nil)
    case .failure(let error): download.finish(error)
    }
  }

  /// Lets a paused transfer go on. Never from within a callback.
  func unpause() -> CURLcode {
    if let request { _ = shim_setopt_long(easy, CURLOPT_LOW_SPEED_TIME, request.timeouts.idle.wholeSeconds) }
    return shim_unpause(easy)
  }

  /// What CURLOPT_READFUNCTION(3) is to return.
  fileprivate func supply(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch upload?.supply(buffer) {
    case .bytes(let count): return count
    case .pause:
      // † libcurl 7.88 stops its clock for a paused download, and lets it run for a paused upload.
      _ = shim_setopt_long(easy, CURLOPT_LOW_SPEED_TIME, 0)
      return Int(CURL_READFUNC_PAUSE)
    case nil: return Int(CURL_READFUNC_ABORT)
    }
  }
}

/// CURLOPT_READFUNCTION(3).
private func curlWantsBody(
  _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
    .supply(UnsafeMutableRawBufferPointer(start: data, count: size * count))
}
