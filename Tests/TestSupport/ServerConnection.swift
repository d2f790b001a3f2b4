import Glibc

/// One connection of a `ScriptedServer`: used by its thread alone.
final class ServerConnection {
  private let descriptor: Int32
  /// What was received and not yet used. Nothing is pipelined: what follows a head is its body.
  private var received: [UInt8] = []

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// The next request, without its body; nil where the client has gone.
  func readHead() -> ServedRequest? {
    guard let head = read(through: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    let headers = lines.dropFirst().map { line in
      let colon = line.firstIndex(of: ":") ?? line.endIndex
      return (name: String(line[..<colon]), value: String(line[colon...].dropFirst().drop { $0 == " " }))
    }
    return ServedRequest(method: String(words[0]), target: String(words[1]), headers: headers, body: [])
  }

  /// `request` with its body; nil where the client has gone.
  func readBody(of request: ServedRequest, _ handling: BodyHandling) -> ServedRequest? {
    var request = request
    var handling = handling
    while case .held(let gate, let next) = handling {
      gate.wait()
      handling = next
    }
    var keeps = true
    if case .count = handling { keeps = false }
    let isAsked = if case .readUnasked = handling { false } else { request.header("Expect") != nil }
    if isAsked, !send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) { return nil }
    func take(_ count: Int) -> Bool {
      read(count) { bytes in
        request.bodySize += bytes.count
        if keeps { request.body += bytes }
      }
    }
    guard request.header("Transfer-Encoding")?.lowercased() == "chunked" else {
      return take(request.header("Content-Length").flatMap { Int($0) } ?? 0) ? request : nil
    }
    // RFC 9112 section 7.1, without extensions and trailers, which libcurl does not send.
    while let line = read(through: Array("\r\n".utf8)),
      let size = Int(String(decoding: line, as: UTF8.self), radix: 16)
    {
      guard take(size), read(through: Array("\r\n".utf8)) != nil else { return nil }
      if size == 0 { return request }
    }
    return nil
  }

  /// What comes before `end`, which is taken too; nil where the client has gone.
  private func read(through end: [UInt8]) -> [UInt8]? {
    while true {
      if let range = received.firstRange(of: end) {
        defer { received.removeSubrange(..<range.upperBound) }
        return Array(received[..<range.lowerBound])
      }
      guard let more = receive() else { return nil }
      received += more
      // A TLS hello, where plain HTTP is spoken.
      if received[0] == 22 { return nil }
    }
  }

  /// Hands the next `count` bytes to `take` as they come; false where the client has gone.
  private func read(_ count: Int, _ take: (ArraySlice<UInt8>) -> Void) -> Bool {
    var missing = count
    while missing > 0 {
      if received.isEmpty {
        guard let more = receive() else { return false }
        received = more
      }
      let piece = received.prefix(missing)
      missing -= piece.count
      take(piece)
      received.removeFirst(piece.count)
    }
    return true
  }

  /// False where the connection is to be closed.
  func play(_ reply: ScriptedReply, for request: ServedRequest) -> Bool {
    switch reply {
    case .answer(let status, let headers, let body):
      return send(head(status, headers, body.count) + (request.method == "HEAD" ? [] : body))
    case .truncated(let status, let headers, let body, let bytes):
      _ = send(head(status, headers, body.count) + body.prefix(bytes))
      return false
    case .produced(let status, let headers, let size, let next):
      return produce(head(status, headers, size), size, isHead: request.method == "HEAD", next)
    case .raw(let text):
      _ = send(Array(text.utf8))
      return false
    case .reset:
      var option = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
      return false
    case .stall:
      while receive() != nil {}
      return false
    case .held(let gate, let reply):
      gate.wait()
      return play(reply, for: request)
    }
  }

  private func produce(
    _ head: [UInt8], _ size: Int?, isHead: Bool, _ next: (Int) -> [UInt8]?
  ) -> Bool {
    guard send(head) else { return false }
    if isHead { return true }
    var sent = 0
    while let piece = next(sent) {
      let framed =
        size == nil ? Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8) : piece
      guard send(framed) else { return false }
      sent += piece.count
    }
    return size.map { $0 == sent } ?? send(Array("0\r\n\r\n".utf8))
  }

  /// - Parameter length: Nil for a body in chunks.
  private func head(_ status: Int, _ headers: [(String, String)], _ length: Int?) -> [UInt8] {
    var text = "HTTP/1.1 \(status) Scripted\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    if !headers.contains(where: { $0.0.lowercased() == "content-length" }), status != 204 {
      text += length.map { "Content-Length: \($0)\r\n" } ?? "Transfer-Encoding: chunked\r\n"
    }
    return Array((text + "\r\n").utf8)
  }

  private func receive() -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
      count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
    }
    return bytes.isEmpty ? nil : bytes
  }

  private func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
}

/// A listening socket on 127.0.0.1 and the port that the kernel chose.
/// - Parameter backlog: Nil to keep the port and refuse whoever connects.
func bindToLoopback(listening backlog: Int32? = 256) throws -> (descriptor: Int32, port: UInt16) {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard descriptor >= 0 else { throw SocketError(call: "socket", code: errno) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let failed = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) != 0 || backlog.map { listen(descriptor, $0) != 0 } == true
        || getsockname(descriptor, $0, &length) != 0
    }
  }
  if failed {
    let code = errno
    close(descriptor)
    throw SocketError(call: "bind or listen", code: code)
  }
  return (descriptor, UInt16(bigEndian: address.sin_port))
}

struct SocketError: Error, CustomStringConvertible {
  let call: String
  let code: Int32

  var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Runs `body` on a new detached thread: sockets block.
func startThread(_ body: @escaping @Sendable () -> Void) {
  var thread = pthread_t()
  let context = Unmanaged.passRetained(ThreadBody(body))
  let failure = pthread_create(
    &thread, nil,
    { context in
      Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue().body()
      return nil
    }, context.toOpaque())
  precondition(failure == 0, "pthread_create: \(String(cString: strerror(failure)))")
  pthread_detach(thread)
}

private final class ThreadBody: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
