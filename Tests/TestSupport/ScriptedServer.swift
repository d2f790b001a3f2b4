import Glibc
import Synchronization

/// An HTTP/1.1 server on an ephemeral loopback port that plays replies and faults.
///
/// Each connection has a thread of its own, so a reply may wait. It stops with its last reference.
package final class ScriptedServer: Sendable {
  package typealias Responder = @Sendable (ServedRequest) -> ScriptedReply
  package typealias BodyPolicy = @Sendable (ServedRequest) -> BodyHandling

  private struct State {
    var connectionCount = 0
    var requests: [ServedRequest] = []
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  package let port: UInt16
  private let sockets = OpenSockets()
  private let state = Mutex(State())
  private let respond: Responder
  private let handleBody: BodyPolicy

  /// Asks `respond` about each request, on the connection's thread.
  /// - Parameter handleBody: What to do with a body, told by the request's head; it is read unless told otherwise.
  package init(
    handlingBodies handleBody: @escaping BodyPolicy = { _ in .read }, _ respond: @escaping Responder
  ) throws {
    self.respond = respond
    self.handleBody = handleBody
    let (listener, port) = try bindToLoopback()
    self.port = port
    let sockets = sockets
    _ = sockets.add(listener)
    startThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { break }
        guard sockets.add(connection) else { break }
        guard let self else {
          sockets.close(connection)
          break
        }
        self.serve(connection)
      }
      sockets.close(listener)
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

  deinit { sockets.cutAll() }

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

  private func serve(_ descriptor: Int32) {
    state.withLock { $0.connectionCount += 1 }
    let sockets = sockets
    startThread { [weak self] in
      let connection = ServerConnection(descriptor)
      while let head = connection.readHead() {
        guard let handling = self?.handleBody(head) else { break }
        if case .reply(let reply) = handling {
          self?.record(head)
          _ = connection.play(reply, for: head)
          break
        }
        guard let request = connection.readBody(of: head, handling), let reply = self?.reply(to: request),
          connection.play(reply, for: request)
        else { break }
      }
      sockets.close(descriptor)
    }
  }

  private func reply(to request: ServedRequest) -> ScriptedReply {
    record(request)
    return respond(request)
  }

  private func record(_ request: ServedRequest) {
    let due = state.withLock { state in
      state.requests.append(request)
      let due = state.waiters.filter { $0.count <= state.requests.count }
      state.waiters.removeAll { $0.count <= state.requests.count }
      return due
    }
    for waiter in due { waiter.continuation.resume() }
  }
}
