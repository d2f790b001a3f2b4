import Model
import Synchronization
import TestSupport
import Testing

@testable import HTTPClient
@testable import Registry

/// Every fault at every kind of request: how often it is sent, and what the caller hears.
///
/// `RA` is Retry-After; `blob` MANIFEST_BLOB_UNKNOWN. Where a connection that was used before is cut, libcurl itself
/// sends once more, but no `DELETE`. A stall is over as it begins, as if the request's time had passed.
@Suite struct FaultTableTests {
  private static let blobUnknown = #"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown"}]}"#

  private static let faults: [(name: String, reply: ScriptedReply)] = [
    ("400", .response(400)), ("401", .response(401)), ("403", .response(403)),
    ("404 HTML", .response(404, [("Content-Type", "text/html")], body: "<html>")), ("408", .response(408)),
    ("409", .response(409)), ("429", .response(429)), ("429 RA 7", .response(429, [("Retry-After", "7")])),
    ("429 date", .response(429, [("Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT")])),
    ("429 RA 3600", .response(429, [("Retry-After", "3600")])), ("500", .response(500)),
    ("500 blob", .response(500, body: blobUnknown)), ("501", .response(501)), ("502", .response(502)),
    ("503", .response(503)), ("503 RA 7", .response(503, [("Retry-After", "7")])),
    ("503 RA 3600", .response(503, [("Retry-After", "3600")])), ("504", .response(504)), ("reset", .reset),
    ("stall", .stall),
    ("cut short", .truncated(status: 200, headers: manifestFields, body: Array("{}".utf8), bytes: 1)),
    ("200 HTML", .response(200, [("Content-Type", "text/html")], body: "<html>")),
  ]

  /// What came of it: how often it was sent, and the error.
  private struct Outcome {
    let sent: Int
    var error: RegistryError?
    var text = "ok"

    /// `3 throttled`; with `?` where it is not known whether a write was made.
    var cell: String {
      guard let error else { return "\(sent) ok" }
      let kind =
        switch error.kind {
        case .notARegistry: "portal"
        case .missingContent: "lacks"
        case .unexpected: "odd"
        case .unexpectedDigest: "digest"
        case .transport: "lost"
        case .unauthorized: "unauth"
        default: "\(error.kind)"
        }
      return "\(sent) \(kind)\(error.isOutcomeUnknown ? "?" : "")"
    }
  }

  private enum Operation: String, CaseIterable {
    case head = "HEAD"
    case get = "GET"
    case blob = "blob"
    case list = "list"
    case put = "PUT"
    case deleteTag = "DELETE tag"
    case deleteManifest = "by digest"
    case identify = "/v2/"

    func isOf(_ request: ServedRequest) -> Bool {
      switch self {
      case .head: request.method == "HEAD"
      case .get: request.method == "GET" && request.target.contains("/manifests/")
      case .blob: request.target.contains("/blobs/")
      case .list: request.target.contains("/tags/list")
      case .put: request.method == "PUT"
      case .deleteTag, .deleteManifest: request.method == "DELETE"
      case .identify: request.target == "/v2/"
      }
    }

    func run(_ client: RegistryClient, _ one: Manifest) async throws {
      switch self {
      case .head: _ = try await client.head(.tag(staging.tag), in: repository)
      case .get: _ = try await client.get(.digest(one.digest), in: repository)
      case .blob: _ = try await client.created(of: one.digest, in: repository)
      case .list: _ = try await client.tags(in: repository)
      case .put: _ = try await client.putManifest(one, to: .tag(staging.tag), in: repository)
      case .deleteTag: _ = try await client.deleteTag(staging)
      case .deleteManifest: _ = try await client.deleteManifest(one.digest, in: repository)
      case .identify: try await client.identify()
      }
    }
  }

  private func play(_ reply: ScriptedReply, at operation: Operation, times: Int) async throws -> Outcome {
    let isStall = if case .stall = reply { true } else { false }
    let created = "2026-11-23T00:00:00Z"
    let registry = try FakeRegistry()
    let transport = try Transport(userAgent: "tagkeeper/test", clock: SleepingClock().clock)
    try await ImagePusher(try registry.address, transport: transport).push(
      "one", to: repository, as: staging.tag, created: created)
    let counter = Counter()
    registry.configure {
      $0.tagDeletion = .native
      $0.override = { request in
        guard operation.isOf(request), counter.next() <= times else { return nil }
        if isStall { Task { await transport.timeOut() } }
        return reply
      }
    }
    let client = RegistryClient(
      // Where a tag's deletion needs no proof.
      try registry.address, kind: .quay, transport: transport, retries: immediateRetries)
    do {
      try await operation.run(client, ImagePusher.manifest("one", created: created))
      return Outcome(sent: counter.count)
    } catch let error as RegistryError {
      let text = error.description.replacing(
        "127.0.0.1:\(try registry.address.authority.split(separator: ":")[1])", with: "HOST")
      return Outcome(sent: counter.count, error: error, text: text)
    }
  }

  private func table(times: Int) async throws -> String {
    let columns = Operation.allCases
    var lines = [[""] + columns.map(\.rawValue)]
    for (name, reply) in Self.faults {
      let cells = try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for (index, operation) in columns.enumerated() {
          group.addTask { (index, try await play(reply, at: operation, times: times).cell) }
        }
        var cells = [String](repeating: "", count: columns.count)
        for try await (index, cell) in group { cells[index] = cell }
        return cells
      }
      lines.append([name] + cells)
    }
    let widths = (0...columns.count).map { column in lines.map { $0[column].count }.max()! }
    return lines.map { line in
      let cells = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return String(cells.joined(separator: " ").reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }

  @Test func aFaultThatStays() async throws {
    #expect(
      try await table(times: .max) == """
                    HEAD        GET         blob        list        PUT          DELETE tag  by digest   /v2/
        400         1 rejected  1 rejected  1 rejected  1 rejected  1 rejected   1 rejected  1 rejected  1 portal
        401         1 unauth    1 unauth    1 unauth    1 unauth    1 unauth     1 unauth    1 unauth    1 portal
        403         1 denied    1 denied    1 denied    1 denied    1 denied     1 denied    1 denied    1 denied
        404 HTML    1 portal    1 portal    1 odd       1 odd       1 odd        1 odd       1 odd       1 portal
        408         3 odd       3 odd       3 odd       3 odd       3 odd        1 odd       1 odd       3 portal
        409         1 rejected  1 rejected  1 rejected  1 rejected  1 rejected   1 rejected  1 rejected  1 portal
        429         6 throttled 6 throttled 6 throttled 6 throttled 6 throttled  1 throttled 1 throttled 6 throttled
        429 RA 7    3 throttled 3 throttled 3 throttled 3 throttled 3 throttled  1 throttled 1 throttled 3 throttled
        429 date    3 throttled 3 throttled 3 throttled 3 throttled 3 throttled  1 throttled 1 throttled 3 throttled
        429 RA 3600 1 throttled 1 throttled 1 throttled 1 throttled 1 throttled  1 throttled 1 throttled 1 throttled
        500         3 server    3 server    3 server    3 server    3 server?    1 server?   1 server?   3 server
        500 blob    3 server    3 server    3 server    3 server    1 lacks      1 server?   1 server?   3 server
        501         1 server    1 server    1 server    1 server    1 server?    1 server?   1 server?   1 server
        502         3 server    3 server    3 server    3 server    3 server?    1 server?   1 server?   3 server
        503         3 server    3 server    3 server    3 server    3 server?    1 server?   1 server?   3 server
        503 RA 7    3 server    3 server    3 server    3 server    3 server?    1 server?   1 server?   3 server
        503 RA 3600 1 throttled 1 throttled 1 throttled 1 throttled 1 throttled? 1 server?   1 server?   1 throttled
        504         3 server    3 server    3 server    3 server    3 server?    1 server?   1 server?   3 server
        reset       4 lost      4 lost      4 lost      4 lost      4 lost?      1 lost?     1 lost?     4 lost
        stall       2 lost      2 lost      2 lost      2 lost      2 lost?      1 lost?     1 lost?     2 lost
        cut short   1 ok        3 lost      3 lost      3 lost      3 lost?      1 lost?     1 lost?     3 lost
        200 HTML    1 odd       1 odd       1 digest    1 odd       1 portal     1 portal    1 portal    1 portal
        """)
  }

  @Test func aFaultThatComesOnce() async throws {
    #expect(
      try await table(times: 1) == """
                    HEAD        GET         blob        list        PUT          DELETE tag  by digest   /v2/
        400         1 rejected  1 rejected  1 rejected  1 rejected  1 rejected   1 rejected  1 rejected  1 portal
        401         1 unauth    1 unauth    1 unauth    1 unauth    1 unauth     1 unauth    1 unauth    1 portal
        403         1 denied    1 denied    1 denied    1 denied    1 denied     1 denied    1 denied    1 denied
        404 HTML    1 portal    1 portal    1 odd       1 odd       1 odd        1 odd       1 odd       1 portal
        408         2 ok        2 ok        2 ok        2 ok        2 ok         1 odd       1 odd       2 ok
        409         1 rejected  1 rejected  1 rejected  1 rejected  1 rejected   1 rejected  1 rejected  1 portal
        429         2 ok        2 ok        2 ok        2 ok        2 ok         1 throttled 1 throttled 2 ok
        429 RA 7    2 ok        2 ok        2 ok        2 ok        2 ok         1 throttled 1 throttled 2 ok
        429 date    2 ok        2 ok        2 ok        2 ok        2 ok         1 throttled 1 throttled 2 ok
        429 RA 3600 1 throttled 1 throttled 1 throttled 1 throttled 1 throttled  1 throttled 1 throttled 1 throttled
        500         2 ok        2 ok        2 ok        2 ok        2 ok         1 server?   1 server?   2 ok
        500 blob    2 ok        2 ok        2 ok        2 ok        1 lacks      1 server?   1 server?   2 ok
        501         1 server    1 server    1 server    1 server    1 server?    1 server?   1 server?   1 server
        502         2 ok        2 ok        2 ok        2 ok        2 ok         1 server?   1 server?   2 ok
        503         2 ok        2 ok        2 ok        2 ok        2 ok         1 server?   1 server?   2 ok
        503 RA 7    2 ok        2 ok        2 ok        2 ok        2 ok         1 server?   1 server?   2 ok
        503 RA 3600 1 throttled 1 throttled 1 throttled 1 throttled 1 throttled? 1 server?   1 server?   1 throttled
        504         2 ok        2 ok        2 ok        2 ok        2 ok         1 server?   1 server?   2 ok
        reset       2 ok        2 ok        2 ok        2 ok        2 ok         1 lost?     1 lost?     2 ok
        stall       2 ok        2 ok        2 ok        2 ok        2 ok         1 lost?     1 lost?     2 ok
        cut short   1 ok        2 ok        2 ok        2 ok        2 ok         1 lost?     1 lost?     2 ok
        200 HTML    1 odd       1 odd       1 digest    1 odd       1 portal     1 portal    1 portal    1 portal
        """)
  }

  /// Each says what was tried, what came, and the remedy where there is one.
  @Test func whatIsSaidOfAPut() async throws {
    var lines: [String] = []
    for (name, reply) in Self.faults {
      let text = try await play(reply, at: .put, times: .max).text
      lines.append(
        "\(name): \(text.replacing("PUT HOST/v2/team/prereqs/manifests/alpine-staging: ", with: ""))")
    }
    #expect(
      lines.joined(separator: "\n") == """
        400: the registry answered 400
        401: the registry answered 401; check the credentials for HOST
        403: the registry answered 403; check what the credentials for HOST may do
        404 HTML: the registry answered 404 and a page of HTML
        408: the registry answered 408
        409: the registry answered 409
        429: the registry answered 429; it limits requests: try again later, or set requestsPerSecond below its \
        limit
        429 RA 7: the registry answered 429; it limits requests: try again later, or set requestsPerSecond below its \
        limit
        429 date: the registry answered 429; it limits requests: try again later, or set requestsPerSecond below its \
        limit
        429 RA 3600: not sent: the server asks to wait; no such request is sent before 1994-11-06 09:49:37 \
        UTC
        500: the registry answered 500; it may have taken effect all the same
        500 blob: blobs or children of \
        sha256:9a6e4883fefebf1b877cf9aae7ea0aef4613f4a2001114d1ce49c544e4668bf8 are missing in \
        HOST/team/prereqs (500 MANIFEST_BLOB_UNKNOWN "blob unknown"); push the image again
        501: the registry answered 501; it may have taken effect all the same
        502: the registry answered 502; it may have taken effect all the same
        503: the registry answered 503; it may have taken effect all the same
        503 RA 7: the registry answered 503; it may have taken effect all the same
        503 RA 3600: not sent: the server asks to wait; no such request is sent before 1994-11-06 08:54:37 \
        UTC; it may have taken effect all the same
        504: the registry answered 504; it may have taken effect all the same
        reset: the connection was cut: Recv failure: Connection reset by peer; it may have taken effect all \
        the same
        stall: no complete answer in time; it may have taken effect all the same
        cut short: the answer was cut short: transfer closed with 1 bytes remaining to read; it may have \
        taken effect all the same
        200 HTML: answered 200 with a page of HTML, which is not a registry's; check whether a proxy or a \
        portal stands before HOST
        """)
  }
}

extension Transport {
  /// Ends what is in flight as libcurl does once the total timeout has passed.
  fileprivate func timeOut() {
    for id in inFlight.keys { abort(id, .timeout(.total)) }
  }
}

private final class Counter: Sendable {
  private let value = Atomic(0)

  func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
  var count: Int { value.load(ordering: .relaxed) }
}
