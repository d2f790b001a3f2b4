import Glibc

/// One connection of a `ScriptedServer`: used by its thread alone.
struct ServerConnection {
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// The next request; nil where the client has gone.
  func readRequest() -> ServedRequest? {
    var bytes: [UInt8] = []
    let end = Array("\r\n\r\n".utf8)
    // Nothing is pipelined: what follows the head is its body.
    while bytes.count < 4 || !bytes.contains(end) {
      guard let more = receive() else { return nil }
      bytes += more
      // A TLS hello, where plain HTTP is spoken.
      if bytes[0] == 22 { return nil }
    }
    let headEnd = bytes.firstRange(of: end)!.lowerBound
    let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    let headers = lines.dropFirst().map { line in
      let colon = line.firstIndex(of: ":") ?? line.endIndex
      return (name: String(line[..<colon]), value: String(line[colon...].dropFirst().drop { $0 == " " }))
    }
    var body = Array(bytes[(headEnd + 4)...])
    let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
    while body.count < length {
      guard let more = receive() else { return nil }
      body += more
    }
    return ServedRequest(
      method: String(words[0]), target: String(words[1]), headers: headers, body: body)
  }

  /// False where the connection is to be closed.
  func play(_ reply: ScriptedReply, for request: ServedRequest) -> Bool {
    switch reply {
    case .answer(let status, let headers, let body):
      return send(head(status, headers, body.count) + (request.method == "HEAD" ? [] : body))
    case .truncated(let status, let headers, let body, let bytes):
      _ = send(head(status, headers, body.count) + body.prefix(bytes))
      return false
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

  private func head(_ status: Int, _ headers: [(String, String)], _ length: Int) -> [UInt8] {
    var text = "HTTP/1.1 \(status) Scripted\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    if !headers.contains(where: { $0.0.lowercased() == "content-length" }), status != 204 {
      text += "Content-Length: \(length)\r\n"
    }
    return Array((text + "\r\n").utf8)
  }

  private func receive() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : nil
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
func listenOnLoopback() throws -> (descriptor: Int32, port: UInt16) {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard descriptor >= 0 else { throw SocketError(call: "socket", code: errno) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let failed = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) != 0 || listen(descriptor, 256) != 0
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
