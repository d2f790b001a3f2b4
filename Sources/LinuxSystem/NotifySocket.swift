import Glibc
import Synchronization

/// A datagram socket to the service manager (sd_notify(3)), written on a thread of its own, in order.
package final class NotifySocket: Sendable {
  private let address: [UInt8]
  private let thread: WorkerThread
  private let socket: FileDescriptor
  /// Called with the first datagram's error that is not taken.
  private let failed: Mutex<(@Sendable (SystemError) -> Void)?>

  /// - Parameters:
  ///   - address: An absolute path, or `@` and an abstract name.
  ///   - failed: Called once, where a message can't be sent: more would say the same.
  /// - Throws: `SystemError`.
  package init(
    _ address: String, failed: @escaping @Sendable (SystemError) -> Void
  ) throws(SystemError) {
    let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
    // A path has to have its null byte, too.
    guard let first = address.first, "/@".contains(first), address.utf8.count < capacity else {
      throw SystemError(
        "use NOTIFY_SOCKET", path: address, code: EAFNOSUPPORT,
        remedy: "unset it, or name a socket by an absolute path or @NAME of at most \(capacity - 1) bytes")
    }
    self.address = Array(address.utf8)
    self.failed = Mutex(failed)
    thread = try WorkerThread(named: "notify")
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .current("make a socket") }
    socket = FileDescriptor(descriptor)
    // Who does not read must not keep a process from its end.
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Queues one message of `NAME=VALUE` lines; does not wait.
  package func post(_ assignments: String...) {
    let message = Array(assignments.joined(separator: "\n").utf8)
    thread.start { [self] in
      do throws(SystemError) { try send(message) } catch {
        failed.withLock { failed in
          defer { failed = nil }
          return failed
        }?(error)
      }
    }
  }

  /// Returns once all that was posted was sent, or was not taken.
  package func flush() async { await thread.run {} }

  private func send(_ message: [UInt8]) throws(SystemError) {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { path in
      path.copyBytes(from: address)
      if address[0] == UInt8(ascii: "@") { path[0] = 0 }
    }
    // An abstract name ends where the length says, a path at its null byte.
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + address.count)
    let sent = uninterrupted {
      withUnsafePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          sendto(socket.rawValue, message, message.count, Int32(MSG_NOSIGNAL), $0, length)
        }
      }
    }
    guard sent == message.count else {
      throw .current("notify the service manager at", path: String(decoding: address, as: UTF8.self))
    }
  }
}
