import CMicroHTTPD
import Glibc
package import LinuxSystem
package import Reconciler

/// An HTTP/1.1 server by libmicrohttpd: one thread, on which every request is answered. It stops with its last reference.
package final class HTTPServer: Sendable {
  package let port: UInt16
  private let requests: RequestHandling
  /// libmicrohttpd's; used again only to stop it.
  nonisolated(unsafe) private let daemon: OpaquePointer  // stopped once, on any thread

  /// - Parameter time: What limits are measured by.
  /// - Throws: `SystemError` where the system gives no thread or memory.
  package init(
    _ socket: consuming ListeningSocket, _ routes: [Route], limits: ServerLimits = ServerLimits(),
    time: any TimeSource
  ) throws(SystemError) {
    port = socket.port
    requests = RequestHandling(routes, limits, time)
    // poll(2), because with epoll libmicrohttpd 0.9.75 keeps connections whose client went amid a head that is none.
    // Suspension is for answers that are sent as things happen.
    let flags =
      MHD_USE_POLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
    // The callbacks' context, which `requests` keeps alive: none is called once the daemon has stopped.
    let context = Unmanaged.passUnretained(requests).toOpaque()
    let daemon = shim_start(
      flags, socket.release(), limits.connectionMemory, UInt32(limits.connections),
      UInt32(limits.idle.components.seconds), handleAccess, completeRequest, noteConnection, context)
    guard let daemon else { throw SystemError("start the HTTP server", code: errno) }
    self.daemon = daemon
  }

  /// Waits for the one answer that may be under way; those return at once.
  deinit { MHD_stop_daemon(daemon) }
}
