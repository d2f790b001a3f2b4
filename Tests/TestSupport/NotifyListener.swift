import Glibc
import Synchronization

/// The service manager's end of sd_notify(3): a datagram socket that is read all the time, until the last reference to it
/// goes.
package final class NotifyListener: Sendable {
  /// For `NOTIFY_SOCKET`.
  package let address: String
  private let received = Received()
  private let sockets = OpenSockets()

  private final class Received: Sendable {
    let messages = Mutex<[String]>([])
  }

  /// - Parameter address: A path, or `@` and an abstract name.
  package init(_ address: String) throws {
    self.address = address
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SocketError(call: "socket", code: errno) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { path in
      path.copyBytes(from: Array(address.utf8))
      if address.hasPrefix("@") { path[0] = 0 }
    }
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + address.utf8.count)
    let isBound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
    }
    guard isBound else {
      let code = errno
      close(descriptor)
      throw SocketError(call: "bind", code: code)
    }
    _ = sockets.add(descriptor)
    startThread { [received, sockets] in
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
        let message = String(decoding: buffer[..<count], as: UTF8.self)
        received.messages.withLock { $0.append(message) }
      }
      sockets.close(descriptor)
    }
  }

  deinit { sockets.cutAll() }

  /// All so far, in order.
  package var messages: [String] { received.messages.withLock(\.self) }

  package func count(_ message: String) -> Int { messages.count { $0 == message } }
}
