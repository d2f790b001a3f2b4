import Glibc
import LinuxSystem

/// A client that sends what it is given, byte by byte: tests of a server can't leave that to a library.
package struct RawClient {
  /// An answer as it came.
  package struct Reply {
    package let text: String
    /// The server ended the connection.
    package var isClosed = false

    package var status: Int { text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }
    package var body: String { text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "" }

    package func header(_ name: String) -> String? {
      let head = text.firstRange(of: "\r\n\r\n").map { text[..<$0.lowerBound] } ?? text[...]
      let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }
      return line.map { String($0.dropFirst(name.count + 2)) }
    }
  }

  private let descriptor: Int32
  /// Sockets block.
  private let thread: WorkerThread

  /// Connected to `port` of 127.0.0.1, or of ::1.
  package init(port: UInt16, host: String = "127.0.0.1") async throws {
    let thread = try WorkerThread(named: "client")
    self.thread = thread
    descriptor = try await thread.run { try Self.connect(host, port) }
  }

  package func close() { _ = Glibc.close(descriptor) }

  /// False where the server has closed the connection.
  @discardableResult
  package func send(_ text: String) async -> Bool {
    await thread.run { [descriptor] in
      let bytes = Array(text.utf8)
      return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
  }

  /// What comes until the server closes the connection, or nothing has come for as long as a busy
  /// machine takes.
  package func readToEnd() async -> Reply { await read { _ in false } }

  /// What comes until `isWhole`, or the end.
  package func read(until isWhole: @escaping @Sendable (Reply) -> Bool) async -> Reply {
    await thread.run { [descriptor] in
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { bytes += buffer[..<count] }
        let isClosed = count == 0 || (count < 0 && errno != EAGAIN)
        let reply = Reply(text: String(decoding: bytes, as: UTF8.self), isClosed: isClosed)
        if count <= 0 || isWhole(reply) { return reply }
      }
    }
  }

  private static func connect(_ host: String, _ port: UInt16) throws -> Int32 {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    defer { freeaddrinfo(found) }
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let address = found?.pointee else {
      throw SystemError("find", path: host, code: EINVAL)
    }
    let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
    var patience = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    guard Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
      let code = errno
      Glibc.close(descriptor)
      throw SystemError("connect to", path: "\(host):\(port)", code: code)
    }
    return descriptor
  }
}
