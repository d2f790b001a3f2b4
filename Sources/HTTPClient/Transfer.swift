import CCurl

/// One libcurl easy handle with what its callbacks collect. Lives on the curl thread; used again and again.
final class Transfer {
  typealias Outcome = Result<HTTPResponse, HTTPError>

  let easy: UnsafeMutableRawPointer
  let errorBuffer: UnsafeMutablePointer<CChar>
  /// The header list that the handle points to.
  var headerList: UnsafeMutablePointer<curl_slist>?
  /// What the handle's options are set to; nil for a handle without options.
  var request: HTTPRequest?

  /// What comes or goes piece by piece; nil where both bodies are held whole.
  var stream: BodyStream?

  /// The request's number, unique in its transport.
  var id = 0
  var origin = ""
  /// Its place in the origin's queue.
  var ticket: Pace.Ticket?
  var completion: CheckedContinuation<Outcome, Never>?

  private(set) var headers: [UInt8] = []
  /// A field is called `RateLimit…` or `X-RateLimit…`: only then are the headers looked through for a quota.
  private(set) var tellsQuota = false
  private var body: [UInt8] = []
  /// Why a callback stopped the transfer, where one did.
  private var refusal: HTTPError.Code?

  /// Well above what a registry sends, and a bound on what a hostile one can.
  private static let maximumHeaderSize = 256 << 10

  /// Nil where memory ran out.
  init?() {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headerList)
    errorBuffer.deallocate()
  }

  func reset() {
    headers.removeAll(keepingCapacity: true)
    tellsQuota = false
    body = []
    refusal = nil
    errorBuffer.pointee = 0
  }

  /// What came of the transfer that ended with `result`.
  func outcome(_ result: CURLcode) -> Outcome {
    defer { body = [] }
    guard result == CURLE_OK || isRefused else { return .failure(error(result)) }
    return .success(
      HTTPResponse(
        status: status, headers: HTTPHeaders(headers), body: body, isRedirected: redirectCount > 0,
        redirectTarget: shim_redirect_url(easy).map { String(cString: $0) }))
  }

  /// The last answer's; 0 before there is one.
  var status: Int {
    var status = 0
    _ = shim_getinfo_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  func error(_ result: CURLcode) -> HTTPError {
    let text = Self.shown(String(cString: errorBuffer))
    let code = refusal ?? (HTTPError.wantsCertificate(text) ? .tls : code(result))
    return HTTPError(
      code, operation: request?.operation ?? "",
      message: text.isEmpty && refusal == nil ? String(cString: curl_easy_strerror(result)) : text)
  }

  // MARK: Callbacks

  fileprivate func receiveHeader(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    // A status line begins another answer: after a redirect, or a 100 Continue.
    if line.starts(with: "HTTP/".utf8) {
      headers.removeAll(keepingCapacity: true)
      tellsQuota = false
    }
    if QuotaNotice.mayBegin(line) { tellsQuota = true }
    guard headers.count + line.count <= Self.maximumHeaderSize else {
      refusal = .headersTooLarge
      return false
    }
    headers.append(contentsOf: line)
    if stream != nil, line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") { headEnded() }
    return true
  }

  /// What CURLOPT_WRITEFUNCTION(3) is to return.
  fileprivate func receiveBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    if let incoming { return incoming.receive(bytes) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE) }
    let limit = request?.maximumBodySize ?? 0
    guard body.count + bytes.count <= limit else {
      refusal = .bodyTooLarge(limit: limit)
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }
}

/// CURLOPT_HEADERFUNCTION(3): one complete line at a time; another count than the given one stops the transfer.
func curlReceivedHeader(
  _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
  let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
  return bytes.withMemoryRebound(to: UInt8.self, transfer.receiveHeader) ? size * count : 0
}

/// CURLOPT_WRITEFUNCTION(3).
func curlReceivedBody(
  _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
  let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
  return bytes.withMemoryRebound(to: UInt8.self, transfer.receiveBody)
}
