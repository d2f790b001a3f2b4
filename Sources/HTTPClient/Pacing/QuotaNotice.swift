/// What an answer's fields say of a quota of requests.
///
/// Docker Hub: `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 76;w=21600`, of a window that slides. GitLab:
/// `RateLimit-Limit`, `-Remaining` and `-Reset`, a Unix time. GitHub: the same, as `X-RateLimit-…`. The IETF's drafts
/// (draft-ietf-httpapi-ratelimit-headers): the same with a reset in seconds, later `RateLimit: "name";r=50;t=30` beside
/// `RateLimit-Policy: "name";q=100;w=10`.
struct QuotaNotice: Equatable {
  /// Requests that are left.
  var remaining: Int
  /// Requests in a window.
  var limit: Int?
  /// How long a window is.
  var window: Duration?
  /// How long it is until the whole quota is there again; nil where the window slides.
  var reset: Duration?

  private static let longest: Duration = .seconds(86_400)

  /// Times longer than a day count as that: whoever names more has a wrong clock, or is hostile.
  init(remaining: Int, limit: Int? = nil, window: Duration? = nil, reset: Duration? = nil) {
    self.remaining = remaining
    self.limit = limit
    self.window = window.map { min($0, Self.longest) }
    self.reset = reset.map { min(max(.zero, $0), Self.longest) }
  }

  /// Whether a line of a header can be a field that tells of a quota: a quick look, for every line that comes.
  static func mayBegin(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = line.first?.lowercasedASCII else { return false }
    let start = first == UInt8(ascii: "r") ? 0 : first == UInt8(ascii: "x") ? 2 : line.count
    let name = "ratelimit"
    return line.dropFirst(start).prefix(name.utf8.count).elementsEqual(name.utf8) { $0.lowercasedASCII == $1 }
  }

  /// Nil where no field tells what is left.
  /// - Parameter wall: seconds since 1970, for an answer without a `Date`.
  init?(_ headers: HTTPHeaders, wall: @autoclosure () -> Int) {
    if let fields = headers["RateLimit"].map(QuotaFields.init), let remaining = fields["r", "remaining"] {
      let policy = headers["RateLimit-Policy"].map(QuotaFields.init)
      self.init(
        remaining: remaining, limit: policy?["q"] ?? policy?.first ?? fields["limit"],
        window: (policy?["w"]).map { .seconds($0) }, reset: fields["t", "reset"].map { .seconds($0) })
      return
    }
    for prefix in ["RateLimit-", "X-RateLimit-"] {
      guard let left = headers[prefix + "Remaining"].map(QuotaFields.init), let remaining = left.first else {
        continue
      }
      let limit = headers[prefix + "Limit"].map(QuotaFields.init)
      let reset = headers[prefix + "Reset"].flatMap { Int($0) }.map { reset in
        // A Unix time, where it is too long for a wait; bounded, so that the difference is a number.
        guard reset > 1_000_000_000 else { return reset }
        return min(reset, 1 << 40) - (headers.date(wall: wall()) ?? wall())
      }
      self.init(
        remaining: remaining, limit: limit?.first, window: (limit?["w"]).map { .seconds($0) },
        reset: reset.map { .seconds($0) })
      return
    }
    return nil
  }
}

/// `100;w=60`, `"name";r=50;t=30` or `limit=100, remaining=50`: a number that stands first, and named numbers, of the
/// first member of a list that has them.
private struct QuotaFields {
  private(set) var first: Int?
  private var named: [String: Int] = [:]

  init(_ value: String) {
    for part in value.split(whereSeparator: { $0 == ";" || $0 == "," }) {
      let halves = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\t" } }
      guard let text = halves.last, let number = Int(text), (0...Int(Int32.max)).contains(number) else {
        continue
      }
      if halves.count == 2 {
        let name = String(halves[0])
        if named[name] == nil { named[name] = number }
      } else if first == nil {
        first = number
      }
    }
  }

  subscript(_ names: String...) -> Int? { names.lazy.compactMap { named[$0] }.first }
}
