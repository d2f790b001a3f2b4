import LinuxSystem
import Model
import Reconciler
import StatusServer
import Synchronization
import TestSupport

/// A server on an ephemeral port of loopback, whose time passes when it is told to.
struct HTTPServerUnderTest {
  let time = StillTime()
  private let server: HTTPServer
  var port: UInt16 { server.port }

  init(_ routes: [Route], _ change: (inout ServerLimits) -> Void = { _ in }) throws {
    var limits = ServerLimits()
    // By the machine's clock: longer than any client here waits, or it would end what a deadline has to.
    limits.idle = .seconds(600)
    change(&limits)
    server = try HTTPServer(
      ListeningSocket(host: "127.0.0.1", port: 0), routes, limits: limits, time: time)
  }
}

/// Time that stands still until it is set.
final class StillTime: TimeSource {
  private let elapsed = Mutex(Duration.zero)
  private let start: Timestamp

  init(start: Timestamp = Timestamp(seconds: 1_614_265_330)) { self.start = start }

  func now() -> Timestamp {
    Timestamp(milliseconds: start.milliseconds + Int64(monotonic() / .milliseconds(1)))
  }
  func monotonic() -> Duration { elapsed.withLock(\.self) }
  func sleep(until deadline: Duration) async throws {
    while monotonic() < deadline { try await Task.sleep(for: .milliseconds(1)) }
  }
  func random() -> Double { 0 }
  func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }
}

/// What was told, in order.
final class ToldEvents: EventSink {
  private let events = Mutex<[Event]>([])

  func take(_ event: Event) { events.withLock { $0.append(event) } }
  var all: [Event] { events.withLock(\.self) }
}

/// Sends one request, whose head ends with `Connection: close`, and reads the answer.
func ask(
  _ server: HTTPServerUnderTest, _ line: String, headers: [String] = [], body: String = ""
) async throws -> RawClient.Reply {
  let client = try await RawClient(port: server.port)
  defer { client.close() }
  let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
  let head = ["\(line) HTTP/1.1", "Host: localhost", "Connection: close"] + headers + length
  await client.send(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
  return await client.readToEnd()
}
