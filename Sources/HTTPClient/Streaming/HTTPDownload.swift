/// An answer whose body comes piece by piece.
package struct HTTPDownload: Sendable {
  /// The status and headers of the last answer, redirects having been followed. The body is empty where the status is
  /// 2xx; an error's is here, whole.
  package var response: HTTPResponse
  /// The body of a 2xx answer; without bytes for any other.
  package let body: ResponseBody
}

/// A body while it arrives, for one reader. At most 1 MiB is held; beyond that the server waits for the reader.
///
/// Whoever lets go of it, or is cancelled while waiting for a piece, ends the transfer, which frees its place.
package final class ResponseBody: ByteSource {
  private let incoming: IncomingBody
  private let transport: Transport
  private let id: Int
  package let origin: String?
  private let operation: String

  init(
    _ incoming: IncomingBody, of id: Int, on transport: Transport, origin: String, operation: String
  ) {
    self.incoming = incoming
    self.id = id
    self.transport = transport
    self.origin = origin
    self.operation = operation
  }

  deinit { if !incoming.hasEnded { transport.abandon(id) } }

  /// The next 64 to 256 KiB, less at the end; nil there.
  /// - Throws: `HTTPError` where the connection broke before the whole body came, behind what did come.
  package func next() async throws(HTTPError) -> [UInt8]? {
    try await incoming.next {
      transport.unpause(id)
    } cancel: { [incoming, transport, id, operation] in
      incoming.cancel(HTTPError(.cancelled, operation: operation, message: ""))
      transport.abandon(id)
    }
  }

  /// The most bytes that were ever held at once.
  var mostBuffered: Int { incoming.mostBuffered }
}
