/// What a request is answered with. The headers that every answer has are the server's to add.
package struct Answer: Sendable {
  package let status: Int
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]

  package init(_ status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Plain text, with a line break at its end.
  package static func text(
    _ status: Int, _ text: String, headers: [(name: String, value: String)] = []
  ) -> Answer {
    Answer(
      status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers,
      body: Array("\(text)\n".utf8))
  }

  /// On each: nothing is run, framed, guessed, told to others or kept (W3C CSP, Referrer Policy; Fetch, "nosniff";
  /// RFC 9111 section 5.2.2.5). An answer's own header of that name goes before.
  static let commonHeaders = [
    (
      name: "Content-Security-Policy",
      value: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    (name: "X-Content-Type-Options", value: "nosniff"),
    (name: "Referrer-Policy", value: "no-referrer"),
    (name: "Cache-Control", value: "no-store"),
  ]

  /// What is sent: its own headers, then the common ones that it has not.
  var sentHeaders: [(name: String, value: String)] {
    let own = Set(headers.map { $0.name.lowercased() })
    return headers + Self.commonHeaders.filter { !own.contains($0.name.lowercased()) }
  }
}
