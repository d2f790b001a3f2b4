package import HTTPClient
package import Model

extension RegistryClient {
  /// A blob up to this size, in bytes, is held whole and sent with the request that ends its upload.
  private static var smallBlob: Int { 64 << 10 }
  /// How often at most a blob's bytes are sent, or the rest of them.
  private static var appendsAtMost: Int { 4 }

  /// Makes `repository`, which lacks the blob `digest`, have it: taken over from `mounting` where that is possible,
  /// else sent; where the connection breaks, the rest of it, if the registry tells what it has, else all of it again.
  ///
  /// Memory is bounded, whatever `size` is.
  /// - Parameters:
  ///   - mounting: A repository of this registry that has the blob.
  ///   - content: Opens the blob's bytes, from the first on; called only where they are to be sent.
  /// - Returns: How many bytes were sent: 0 where the blob was taken over.
  /// - Throws: `RegistryError`; what `content` or its source throws, where that is one.
  package func pushBlob(
    _ digest: Digest, size: Int, to repository: RepositoryName, mounting: RepositoryName? = nil,
    content: @Sendable () async throws(RegistryError) -> any ByteSource
  ) async throws(RegistryError) -> Int {
    var upload: BlobUpload
    if let mounting {
      switch try await mountBlob(digest, from: mounting, into: repository) {
      case .mounted: return 0
      case .upload(let begun): upload = begun
      }
    } else {
      upload = try await startUpload(in: repository)
    }
    do throws(RegistryError) {
      guard size > Self.smallBlob else {
        try await complete(upload, as: digest, rest: try await content().bytes(size))
        return size
      }
      return try await send(content, size: size, to: &upload, as: digest)
    } catch {
      // What was begun would lie there for days. It is no matter if that fails too.
      if error.kind != .cancelled { try? await cancel(upload) }
      throw error
    }
  }

  private func send(
    _ content: @Sendable () async throws(RegistryError) -> any ByteSource, size: Int,
    to upload: inout BlobUpload,
    as digest: Digest
  ) async throws(RegistryError) -> Int {
    var sent = 0
    var attempt = 1
    while upload.received < size {
      do throws(RegistryError) {
        let source = SkippingSource(try await content(), upload.received)
        let rest = size - upload.received
        upload = try await append(source, size: rest, to: upload)
        sent += rest
      } catch {
        // Where the source failed, or the registry refused for good, another try would end the same.
        guard error.isOutcomeUnknown, error.kind != .cancelled, attempt < Self.appendsAtMost else {
          throw error
        }
        do { try await retries.pause(after: attempt) } catch {
          throw RegistryError(.cancelled, "cancelled before the rest of \(digest) was sent")
        }
        attempt += 1
        upload = try await resumption(of: upload, size: size)
      }
    }
    try await complete(upload, as: digest)
    return sent
  }

  /// The upload to go on with after `upload` broke: itself where the registry tells what it has, else a new one.
  private func resumption(of upload: BlobUpload, size: Int) async throws(RegistryError) -> BlobUpload {
    if let known = try await status(of: upload), 1...size ~= known.received { return known }
    try? await cancel(upload)
    return try await startUpload(in: upload.repository)
  }

  /// Ends `upload`; a lost answer is no failure where the blob is there.
  private func complete(
    _ upload: BlobUpload, as digest: Digest, rest: [UInt8] = []
  ) async throws(RegistryError) {
    do throws(RegistryError) { try await finish(upload, as: digest, rest: rest) } catch {
      guard error.isOutcomeUnknown, try await hasBlob(digest, in: upload.repository) else { throw error }
    }
  }
}

/// A source without its first bytes: they are read, so that the whole is checked, and dropped.
private actor SkippingSource: ByteSource {
  private let source: any ByteSource
  private var left: Int

  init(_ source: any ByteSource, _ count: Int) {
    self.source = source
    left = count
  }

  nonisolated var origin: String? { source.origin }

  func next() async throws -> [UInt8]? {
    while let piece = try await source.next() {
      if left == 0 { return piece }
      let dropped = min(left, piece.count)
      left -= dropped
      if dropped < piece.count { return Array(piece[dropped...]) }
    }
    return nil
  }
}

extension ByteSource {
  /// All bytes, of which there are `size`.
  fileprivate func bytes(_ size: Int) async throws(RegistryError) -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      while let piece = try await next() {
        bytes += piece
        guard bytes.count <= size else { break }
      }
    } catch {
      throw error as? RegistryError ?? RegistryError(.unexpected, "a blob can't be read: \(error)")
    }
    guard bytes.count == size else {
      throw RegistryError(.unexpectedDigest, "a blob has not the \(size) bytes that its descriptor says")
    }
    return bytes
  }
}
