import Glibc

/// A port of loopback that refuses every connection. Nobody else gets it as long as this lives: one that was merely free a
/// moment ago may be another test's server by now.
package final class ClosedPort: Sendable {
  package let number: UInt16
  private let descriptor: Int32

  package init() throws { (descriptor, number) = try bindToLoopback(listening: nil) }

  deinit { close(descriptor) }

  /// `http://127.0.0.1:PORT`
  package var url: String { "http://127.0.0.1:\(number)" }
}
