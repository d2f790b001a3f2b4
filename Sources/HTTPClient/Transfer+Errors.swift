import CCurl

extension Transfer {
  /// What may be shown of libcurl's message: it quotes a proxy's URL that it does not understand, password and all; and
  /// "after 12 ms" would make every report of one failure another one.
  static func shown(_ message: String) -> String {
    if message.hasPrefix("Unsupported proxy") { return "Unsupported proxy" }
    return message.replacing(/\ after \d+ ms/, with: "")
  }

  /// Our word for a code of libcurl-errors(3).
  func code(_ result: CURLcode) -> HTTPError.Code {
    switch result {
    case CURLE_OPERATION_TIMEDOUT: .timeout(timeoutPhase)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
    case CURLE_COULDNT_CONNECT: .connect
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
      CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED:
      .tls
    // The last one: a connection that was used before broke, and a streamed body can't be sent from its start again.
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_HTTP2_STREAM,
      CURLE_SEND_FAIL_REWIND:
      .reset
    case CURLE_PARTIAL_FILE: .truncated
    case CURLE_TOO_MANY_REDIRECTS: .tooManyRedirects
    // Before any redirect, the request's own URL has the wrong protocol.
    case CURLE_UNSUPPORTED_PROTOCOL: redirectCount > 0 ? .redirectRefused : .invalidRequest
    case CURLE_URL_MALFORMAT: .invalidRequest
    default: .other(result.rawValue)
    }
  }

  private var timeoutPhase: HTTPError.Phase {
    // Zero until the request is about to be sent (CURLINFO_PRETRANSFER_TIME_T(3)).
    if microseconds(CURLINFO_PRETRANSFER_TIME_T) == 0 { return .connect }
    if stream != nil { return .idle }
    let limit = request?.timeouts.total.wholeMilliseconds ?? 0
    // libcurl's timer counts milliseconds, and may end one early.
    return microseconds(CURLINFO_TOTAL_TIME_T) >= (limit - 1) * 1000 ? .total : .idle
  }

  private func microseconds(_ info: CURLINFO) -> Int {
    var value: curl_off_t = 0
    _ = shim_getinfo_offset(easy, info, &value)
    return Int(value)
  }

  var redirectCount: Int {
    var count = 0
    _ = shim_getinfo_long(easy, CURLINFO_REDIRECT_COUNT, &count)
    return count
  }
}
