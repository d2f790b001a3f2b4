import Glibc

/// A TCP socket that listens; closed when this value's life ends, unless it was handed on.
package struct ListeningSocket: ~Copyable, Sendable {
  /// What the kernel chose where port 0 was asked for.
  package let port: UInt16
  private let descriptor: Int32

  /// - Parameter host: An address of IPv4 or IPv6 in digits (inet_pton(3)).
  /// - Throws: `SystemError`; of code EADDRINUSE where another process listens there.
  package init(host: String, port: UInt16) throws(SystemError) {
    let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    guard var address = SocketAddress(host: host, port: port) else {
      throw SystemError("listen on", path: place, code: EINVAL)
    }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(Int32(address.family), kind, 0)
    guard descriptor >= 0 else { throw .current("make a socket") }
    var yes: Int32 = 1
    // The connections of a process that ended keep nobody from its port; one that listens does (socket(7)).
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    // `::` is IPv6 alone, whatever the system's default is (ipv6(7)).
    setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, socklen_t(MemoryLayout<Int32>.size))
    let failed = address.withPointer { pointer, length in
      bind(descriptor, pointer, length) != 0 || listen(descriptor, 128) != 0
    }
    guard !failed, let bound = SocketAddress(ofSocket: descriptor) else {
      let error = SystemError.current("listen on", path: place)
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    self.port = bound.port
  }

  deinit { close(descriptor) }

  /// Hands the descriptor on: whoever takes it closes it.
  package consuming func release() -> Int32 {
    let descriptor = descriptor
    discard self
    return descriptor
  }
}

/// sockaddr_in(3type) or sockaddr_in6(3type), as the calls of <sys/socket.h> take it.
private struct SocketAddress {
  private var storage = sockaddr_storage()
  private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  var family: sa_family_t { storage.ss_family }

  /// Nil for what is no address in digits.
  init?(host: String, port: UInt16) {
    let isIPv6 = host.contains(":")
    storage.ss_family = sa_family_t(isIPv6 ? AF_INET6 : AF_INET)
    length = socklen_t(isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
    let isRead = withUnsafeMutableBytes(of: &storage) { bytes in
      // Both have the port behind the family; IPv6 then has the flow before the address.
      bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
      return inet_pton(Int32(isIPv6 ? AF_INET6 : AF_INET), host, bytes.baseAddress! + (isIPv6 ? 8 : 4)) == 1
    }
    guard isRead else { return nil }
  }

  /// The one that a socket has (getsockname(2)); nil, with errno, where that fails.
  init?(ofSocket descriptor: Int32) {
    var size = length
    let failed = withPointer { pointer, _ in getsockname(descriptor, pointer, &size) != 0 }
    if failed { return nil }
  }

  var port: UInt16 {
    withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
  }

  mutating func withPointer<Value>(_ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Value) -> Value {
    let length = length
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
