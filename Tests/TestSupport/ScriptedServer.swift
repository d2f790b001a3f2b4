import Glibc
import Synchronization

/// An HTTP/1.1 server on an ephemeral loopback port that plays replies and faults.
///
/// Each connection has a thread of its own, so a reply may wait. It stops with its last reference.
package final class ScriptedServer: Sendable {
  package typealias Responder = @Sendable (ServedRequest) -> ScriptedReply

  private struct State {
    var connections: Set<Int32> = []
    var connectionCount = 0
    var requests: [ServedRequest] = []
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    var isStopped = false
  }

  package let port: UInt16
  private let listener: Int32
  private let state = Mutex(State())
  private let respond: Responder

  /// Asks `respond` about each request, on the connection's thread.
  package init(_ respond: @escaping Responder) throws {
    self.respond = respond
    (listener, port) = try listenOnLoopback()
    let listener = listener
    startThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { break }
        guard let self else {
          close(connection)
          break
        }
        self.serve(connection)
      }
      close(listener)
    }
  }

  /// Plays `replies` in order, whatever is asked, and says so in a 500 once they are used up.
  package convenience init(replies: [ScriptedReply]) throws {
    let rest = Mutex(replies[...])
    try self.init { request in
      rest.withLock { $0.popFirst() }
        ?? .response(500, body: "no reply is scripted for \(request.method) \(request.target)")
    }
  }

  deinit { stop() }

  /// `http://127.0.0.1:PORT`
  package var url: String { "http://127.0.0.1:\(port)" }
  package var requests: [ServedRequest] { state.withLock { $0.requests } }
  /// How many connections were ever accepted.
  package var connectionCount: Int { state.withLock { $0.connectionCount } }

  /// Returns once `count` requests have come.
  package func waitForRequests(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.requests.count >= count { return true }
        state.waiters.append((count, continuation))
        return false
      }
      if isDone { continuation.resume() }
    }
  }

  /// Cuts every connection and listens no more.
  package func stop() {
    state.withLock { state in
      guard !state.isStopped else { return }
      state.isStopped = true
      shutdown(listener, Int32(SHUT_RDWR))
      for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }
  }

  private func serve(_ descriptor: Int32) {
    let accepted = state.withLock { state in
      guard !state.isStopped else { return false }
      state.connections.insert(descriptor)
      state.connectionCount += 1
      return true
    }
    guard accepted else {
      close(descriptor)
      return
    }
    let connection = ServerConnection(descriptor)
    startThread { [weak self] in
      while let request = connection.readRequest() {
        guard let reply = self?.reply(to: request), connection.play(reply, for: request) else { break }
      }
      _ = self?.state.withLock { $0.connections.remove(descriptor) }
      close(descriptor)
    }
  }

  private func reply(to request: ServedRequest) -> ScriptedReply {
    let due = state.withLock { state in
      state.requests.append(request)
      let due = state.waiters.filter { $0.count <= state.requests.count }
      state.waiters.removeAll { $0.count <= state.requests.count }
      return due
    }
    for waiter in due { waiter.continuation.resume() }
    return respond(request)
  }
}

/// A request as it came.
package struct ServedRequest: Sendable {
  package let method: String
  /// Path and query.
  package let target: String
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]

  /// The first value of `name`, in any case.
  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The target without its query.
  package var path: String { String(target.prefix { $0 != "?" }) }
}

/// What the server does with a request.
package enum ScriptedReply: Sendable {
  /// A whole answer; `Content-Length` is added.
  case answer(status: Int, headers: [(String, String)], body: [UInt8])
  /// As `answer`, the connection being closed after `bytes` bytes of the body.
  case truncated(status: Int, headers: [(String, String)], body: [UInt8], bytes: Int)
  /// These bytes as they are, then the connection is closed.
  case raw(String)
  /// RST.
  case reset
  /// Nothing, until the client or the server goes.
  case stall
  /// Waits until the gate opens, then plays the other.
  indirect case held(Gate, then: ScriptedReply)

  package static func response(
    _ status: Int, _ headers: [(String, String)] = [], body: String = ""
  ) -> ScriptedReply {
    .answer(status: status, headers: headers, body: Array(body.utf8))
  }
}

/// Opens once: a reply waits for it on its own thread.
package final class Gate: Sendable {
  nonisolated(unsafe) private let semaphore: UnsafeMutablePointer<sem_t>  // sem_t is made for many threads

  package init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  package func open() { sem_post(semaphore) }

  /// Blocks the thread until the gate is open, and leaves it open.
  package func wait() {
    while sem_wait(semaphore) != 0 {}
    sem_post(semaphore)
  }
}
