import HTTPClient
import Model

/// A blob on its way from a registry, checked as it comes, for one reader.
actor BlobReader: ByteSource {
  /// How often the rest is asked for at most, after a connection broke or the server failed.
  static let maximumResumptions = 5

  private let digest: Digest
  private let size: Int
  private let repository: RepositoryName
  private let client: RegistryClient

  private var body: ResponseBody?
  private var received = 0
  /// Of what was received; nil once the digest was compared.
  private var hash: SHA256? = SHA256()
  private var resumptions = 0

  init(_ digest: Digest, size: Int, in repository: RepositoryName, of client: RegistryClient) {
    self.digest = digest
    self.size = size
    self.repository = repository
    self.client = client
  }

  nonisolated var origin: String? { "\(client.address)" }

  func next() async throws -> [UInt8]? {
    while true {
      do {
        if let piece = try await receive() { return piece }
        try check()
        return nil
      } catch {
        body = nil
        try await prepareToResume(after: error)
      }
    }
  }

  private var request: RegistryRequest {
    let range = received > 0 ? [HTTPRequest.Header("Range", "bytes=\(received)-")] : []
    return client.blobRequest(.get, digest, in: repository, headers: range)
  }

  /// The next piece, of a new request where none is under way; nil once all `size` bytes are there.
  private func receive() async throws(RegistryError) -> [UInt8]? {
    // Nothing more to ask for: a range that begins at the end is none (RFC 9110 section 14.1.2).
    if body == nil, received == size, size > 0 { return nil }
    let current: ResponseBody
    if let body { current = body } else { current = try await open() }
    body = current
    let piece: [UInt8]?
    do { piece = try await current.next() } catch { throw RegistryError(error, of: request) }
    guard let piece else {
      guard received == size else {
        throw RegistryError(
          .transport, "\(request.operation): the answer ended after \(received) of \(size) bytes")
      }
      return nil
    }
    guard received + piece.count <= size else {
      throw RegistryError(
        .unexpectedDigest, "\(request.operation): there are more than the blob's \(size) bytes")
    }
    received += piece.count
    hash?.update(piece)
    return piece
  }

  private func open() async throws(RegistryError) -> ResponseBody {
    let request = request
    let download = try await client.download(request)
    let response = download.response
    switch response.status {
    case 200 where received == 0: try requireSize(response, request)
    case 206 where received > 0: try requireRange(response, request)
    case 404:
      try await client.believe(response, to: request)
      throw client.missingBlob(response, to: request)
    case 200:
      throw RegistryError(
        .unexpected,
        "\(request.operation): the connection broke after \(received) of \(size) bytes, and the registry does not send "
          + "the rest alone")
    default: throw client.failure(response, to: request)
    }
    return download.body
  }

  private func requireSize(_ response: HTTPResponse, _ request: RegistryRequest) throws(RegistryError) {
    guard let length = response.headers["Content-Length"], Int(length) != size else { return }
    throw RegistryError(
      .unexpectedDigest, "\(request.operation): answered \(length.printable) bytes where the blob has \(size)"
    )
  }

  /// RFC 9110 section 14.4.
  private func requireRange(_ response: HTTPResponse, _ request: RegistryRequest) throws(RegistryError) {
    let range = response.headers["Content-Range"]
    guard range != "bytes \(received)-\(size - 1)/\(size)", range != "bytes \(received)-\(size - 1)/*" else {
      return
    }
    throw RegistryError(
      .unexpected,
      "\(request.operation): asked for bytes \(received)-\(size - 1) of \(size), answered "
        + (range.map { response.quoted($0) } ?? "a part without saying which"))
  }

  private func check() throws(RegistryError) {
    guard let hash = hash.take() else { return }
    let actual = hash.finish()
    guard actual == digest else {
      throw RegistryError(.unexpectedDigest, "\(request.operation): what was sent hashes to \(actual)")
    }
  }

  /// Waits before the rest is asked for.
  /// - Throws: `error` where that would not help, or was done often enough.
  private func prepareToResume(after error: any Error) async throws {
    guard let error = error as? RegistryError, [.transport, .server].contains(error.kind),
      resumptions < Self.maximumResumptions
    else { throw error }
    resumptions += 1
    do { try await client.retries.pause(after: resumptions) } catch {
      throw RegistryError(.cancelled, "\(request.operation): cancelled before the rest was asked for")
    }
  }
}
