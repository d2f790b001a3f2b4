import CCurl

extension Transfer {
  /// Points the handle at `request`. A handle that served the same kind of request only gets another URL and body.
  ///
  /// libcurl itself reads the usual proxy variables (`https_proxy`, `no_proxy`; curl(1), "ENVIRONMENT").
  /// - Throws: `HTTPError` for a URL without a scheme, which libcurl would guess, and a header that would end its line.
  func prepare(_ request: HTTPRequest, userAgent: String) throws(HTTPError) {
    reset()
    guard request.hasScheme else {
      throw HTTPError(.invalidRequest, operation: request.operation, message: "the URL has no scheme")
    }
    if !isSet(for: request) {
      // A handle that fails half way must not pass for one that is set.
      self.request = nil
      curl_easy_reset(easy)
      setFixedOptions(userAgent: userAgent)
      setLimits(request)
      setConnection(request)
      setMethod(request)
      try setHeaders(request)
    }
    if let stream {
      setStream(stream)
    } else if let body = request.body, !request.method.isSafe {
      setBody(body)
    }
    self.request = request
    _ = shim_setopt_ptr(easy, CURLOPT_URL, request.url)
  }

  private func isSet(for request: HTTPRequest) -> Bool {
    guard let last = self.request, last.method == request.method, last.headers == request.headers else {
      return false
    }
    return (last.body == nil) == (request.body == nil)
      && last.timeouts == request.timeouts && last.followsRedirects == request.followsRedirects
      && last.isSecure == request.isSecure && last.tls == request.tls
  }

  private func setFixedOptions(userAgent: String) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = shim_setopt_data_callback(easy, CURLOPT_WRITEFUNCTION, curlReceivedBody)
    _ = shim_setopt_ptr(easy, CURLOPT_WRITEDATA, context)
    _ = shim_setopt_data_callback(easy, CURLOPT_HEADERFUNCTION, curlReceivedHeader)
    _ = shim_setopt_ptr(easy, CURLOPT_HEADERDATA, context)
    _ = shim_setopt_ptr(easy, CURLOPT_PRIVATE, context)
    _ = shim_setopt_ptr(easy, CURLOPT_ERRORBUFFER, errorBuffer)
    _ = shim_setopt_ptr(easy, CURLOPT_USERAGENT, userAgent)
    // The resolver's timeouts must not use signals: this is not the main thread.
    _ = shim_setopt_long(easy, CURLOPT_NOSIGNAL, 1)
    _ = shim_setopt_ptr(easy, CURLOPT_PROTOCOLS_STR, "http,https")
  }

  private func setLimits(_ request: HTTPRequest) {
    let timeouts = request.timeouts
    _ = shim_setopt_long(easy, CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.wholeMilliseconds)
    if stream == nil { _ = shim_setopt_long(easy, CURLOPT_TIMEOUT_MS, timeouts.total.wholeMilliseconds) }
    _ = shim_setopt_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1)
    _ = shim_setopt_long(easy, CURLOPT_LOW_SPEED_TIME, timeouts.idle.wholeSeconds)
  }

  private func setConnection(_ request: HTTPRequest) {
    if request.method == .delete {
      // libcurl itself sends a request again where a connection that another request used, too, is cut. A second DELETE
      // may hit what somebody put there meanwhile.
      setUnsharedConnection()
      _ = shim_setopt_long(easy, CURLOPT_FRESH_CONNECT, 1)
    } else if stream != nil {
      // What is on its way to a paused one stays in the kernel's buffers, where HTTP/2 would have libcurl take in a
      // window of up to 32 MiB; and a stream that waits holds up nothing else.
      setUnsharedConnection()
    } else if request.isSecure {
      // One HTTP/2 connection rather than sixteen that each shake hands. Without TLS there is no HTTP/2, and every
      // request would wait for the first one's answer.
      _ = shim_setopt_long(easy, CURLOPT_PIPEWAIT, 1)
    }
    if let tls = request.tls { set(tls) }
    guard request.followsRedirects, !request.followsRedirectsItself, upload == nil else { return }
    _ = shim_setopt_long(easy, CURLOPT_FOLLOWLOCATION, 1)
    _ = shim_setopt_long(easy, CURLOPT_MAXREDIRS, Redirects.most)
    let allowed = request.isSecure ? "https" : "http,https"
    _ = shim_setopt_ptr(easy, CURLOPT_REDIR_PROTOCOLS_STR, allowed)
  }

  /// Nothing else is sent on the connection meanwhile.
  private func setUnsharedConnection() {
    _ = shim_setopt_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    // † libcurl before 8.5.0 writes a request that may go over HTTP/2 onto a host's busy HTTP/1.1 connection, where the
    // host's latest one speaks HTTP/2 (curl #12373). It shares none between requests whose TLS versions are set
    // differently, and these are the default ones, too.
    _ = shim_setopt_long(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_MAX_DEFAULT)
  }

  private func setMethod(_ request: HTTPRequest) {
    switch request.method {
    case .get: break
    case .head: _ = shim_setopt_long(easy, CURLOPT_NOBODY, 1)
    case .put, .post, .patch, .delete:
      // A PUT without a body says that it has none: Content-Length 0.
      if request.body == nil, request.method != .delete, upload == nil { setBody([]) }
      _ = shim_setopt_ptr(easy, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
  }

  private func setBody(_ body: [UInt8]) {
    // The size first: CURLOPT_COPYPOSTFIELDS(3) copies that many bytes, from any address where there are none.
    _ = shim_setopt_long(easy, CURLOPT_POSTFIELDSIZE, body.count)
    _ = body.withUnsafeBytes { bytes in
      shim_setopt_ptr(easy, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(errorBuffer))
    }
  }

  private func setHeaders(_ request: HTTPRequest) throws(HTTPError) {
    curl_slist_free_all(headerList)
    headerList = nil
    for header in request.headers {
      let line = "\(header.name): \(header.value)"
      guard line.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) else {
        throw HTTPError(
          .invalidRequest, operation: request.operation,
          message: "the header \(header.name.filter { $0.isLetter || $0 == "-" }) has a control character")
      }
      headerList = curl_slist_append(headerList, line)
    }
    // libcurl would add these two to a body: the wait for 100 Continue, and a form's type.
    if !awaitsContinue { headerList = curl_slist_append(headerList, "Expect:") }
    if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      headerList = curl_slist_append(headerList, "Content-Type:")
    }
    _ = shim_setopt_ptr(easy, CURLOPT_HTTPHEADER, headerList)
  }
}
