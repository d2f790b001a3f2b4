package import HTTPClient
import Synchronization

/// A body that a test makes piece by piece, and that counts how often it was asked.
package final class ScriptedSource: ByteSource {
  private let produce: @Sendable (_ number: Int) async throws -> [UInt8]?
  private let count = Mutex(0)

  /// How often `next` was called.
  package var asked: Int { count.withLock { $0 } }

  /// - Parameter produce: Called with 0, 1, 2, … until it returns nil.
  package init(_ produce: @escaping @Sendable (_ number: Int) async throws -> [UInt8]?) {
    self.produce = produce
  }

  package convenience init(_ pieces: [[UInt8]]) { self.init { $0 < pieces.count ? pieces[$0] : nil } }

  package func next() async throws -> [UInt8]? {
    let number = count.withLock { count in
      defer { count += 1 }
      return count
    }
    return try await produce(number)
  }
}

extension ByteSource {
  /// All that is left.
  package func collect() async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = try await next() { bytes += piece }
    return bytes
  }
}

/// Never returns, but throws where its task is cancelled.
package func waitForCancellation() async throws -> Never {
  while true { try await Task.sleep(for: .seconds(600)) }
}

/// Bytes that tell where they stand: of what a piece of a body at `offset` is made.
package func pattern(_ count: Int, at offset: Int = 0) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    for index in 0..<count {
      buffer[index] = UInt8(truncatingIfNeeded: (offset + index) &* 0x9E37_79B1 >> 13)
    }
    initialized = count
  }
}
