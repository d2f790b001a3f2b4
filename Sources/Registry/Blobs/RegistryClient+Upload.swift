package import HTTPClient
package import Model

extension RegistryClient {
  /// Makes `repository` have the blob `digest` of `source`, without its bytes being sent (OCI distribution-spec,
  /// "Mounting a blob from another repository"). A registry that can't, or won't for these credentials, begins an
  /// upload.
  /// - Throws: `RegistryError` where it does neither.
  package func mountBlob(
    _ digest: Digest, from source: RepositoryName, into repository: RepositoryName
  ) async throws(RegistryError) -> BlobMount {
    let request = request(
      .post, "\(repository)/blobs/uploads/?mount=\(digest)&from=\(source)",
      Access(.mount(from: source), repository))
    let response: HTTPResponse
    do { response = try await send(request) } catch {
      // A token for both repositories was refused: one for the target may be had.
      guard error.kind == .unauthorized || error.kind == .denied else { throw error }
      return .upload(try await startUpload(in: repository))
    }
    switch response.status {
    case 201:
      try requireDigest(digest, response, to: request)
      return .mounted
    case 202: return .upload(try upload(in: repository, response, to: request, received: 0))
    case 400, 401, 403, 404, 405: return .upload(try await startUpload(in: repository))
    default: throw failure(response, to: request)
    }
  }

  /// Begins an upload to `repository` (OCI distribution-spec, "Pushing blobs").
  /// - Throws: `RegistryError`.
  package func startUpload(in repository: RepositoryName) async throws(RegistryError) -> BlobUpload {
    let request = request(.post, "\(repository)/blobs/uploads/", Access(.push, repository))
    let response = try await send(request)
    guard response.status == 202 else { throw failure(response, to: request) }
    return try upload(in: repository, response, to: request, received: 0)
  }

  /// Sends `source`, which has `size` bytes, behind what `upload` has, as one streamed `PATCH`: the upload to go on
  /// with.
  ///
  /// From the first byte on without `Content-Range`, as every client of note sends it, which all registries take; to go
  /// on with a broken one, with it (OCI distribution-spec, "Pushing a blob in chunks").
  /// - Throws: `RegistryError`; the source's own error, where that is one. Where `isOutcomeUnknown`, `status` tells how
  ///   much has come.
  package func append(
    _ source: any ByteSource, size: Int, to upload: BlobUpload
  ) async throws(RegistryError) -> BlobUpload {
    let end = upload.received + size
    var headers = Self.octetStream
    if upload.received > 0 {
      headers.append(HTTPRequest.Header("Content-Range", "\(upload.received)-\(end - 1)"))
    }
    var request = request(.patch, upload, headers)
    // Some store what they have got before they answer.
    request.http.timeouts.idle = max(request.http.timeouts.idle, .seconds(120))
    // Its bytes may come from this registry, too, by requests that would wait for it.
    request.mayTakeLong = true
    let response = try await self.upload(request, from: source, size: size)
    // 202 (OCI distribution-spec); 204 by some older registries. † The answer's Range is not to be trusted: zot and ECR
    // are known to tell of less than they have. The digest proves the whole.
    guard response.status == 202 || response.status == 204 else { throw failure(response, to: request) }
    return try self.upload(in: upload.repository, response, to: request, received: end)
  }

  /// Ends `upload`: what it has, and `rest` behind it, is the blob `digest`.
  /// - Throws: `RegistryError`, of kind `rejected` where the registry has other bytes.
  package func finish(
    _ upload: BlobUpload, as digest: Digest, rest: [UInt8] = []
  ) async throws(RegistryError) {
    var request = request(.put, upload, Self.octetStream)
    request.http.url = upload.url(closingWith: digest)
    request.http.body = rest
    // Many hash the whole blob now, or copy it to where it stays, before they answer.
    request.http.timeouts.idle = max(request.http.timeouts.idle, .seconds(600))
    request.http.timeouts.total = max(request.http.timeouts.total, .seconds(900))
    request.mayTakeLong = true
    let response = try await send(request)
    guard [200, 201, 204].contains(response.status) else { throw failure(response, to: request) }
    try requireDigest(digest, response, to: request)
  }

  /// `upload` with how much of it the registry has; nil where it has forgotten the upload, or does not tell (OCI
  /// distribution-spec, "Pushing a blob in chunks").
  /// - Throws: `RegistryError`.
  package func status(of upload: BlobUpload) async throws(RegistryError) -> BlobUpload? {
    let request = request(.get, upload)
    let response = try await send(request)
    switch response.status {
    case 200, 202, 204:
      guard let received = response.receivedCount else { return nil }
      guard response.headers["Location"] != nil else {
        return BlobUpload(repository: upload.repository, received: received, url: upload.url)
      }
      return try self.upload(in: upload.repository, response, to: request, received: received)
    case 404, 405: return nil
    default: throw failure(response, to: request)
    }
  }

  /// Has the registry drop what `upload` has. One that it does not know any more, or can't drop, is no error:
  /// registries drop what is abandoned after some days.
  /// - Throws: `RegistryError`.
  package func cancel(_ upload: BlobUpload) async throws(RegistryError) {
    let request = request(.delete, upload)
    let response = try await send(request)
    guard [200, 202, 204, 404, 405].contains(response.status) else { throw failure(response, to: request) }
  }

  private static let octetStream = [HTTPRequest.Header("Content-Type", "application/octet-stream")]

  private func request(
    _ method: HTTPRequest.Method, _ upload: BlobUpload, _ headers: [HTTPRequest.Header] = []
  ) -> RegistryRequest {
    var request = request(method, "", Access(.push, upload.repository), headers: headers)
    request.http.url = upload.url
    // A redirect could lead off the registry.
    request.http.followsRedirects = false
    return request
  }

  private func requireDigest(
    _ digest: Digest, _ response: HTTPResponse, to request: RegistryRequest
  ) throws(RegistryError) {
    guard let stored = response.contentDigest, stored != digest else { return }
    throw RegistryError(
      .unexpectedDigest, "\(request.operation): the registry stored \(stored) where \(digest) was meant")
  }
}

extension HTTPResponse {
  /// How many bytes an upload has: `Range: 0-N`, N being the last one's offset, and 0 for none as well. Google's
  /// begins with `bytes=`. Nil where it is absent or malformed.
  fileprivate var receivedCount: Int? {
    guard let match = headers["Range"]?.wholeMatch(of: /(?:bytes=)?0-(\d{1,15})/), let last = Int(match.1)
    else {
      return nil
    }
    // 0-0 is said of nothing, and of one byte: then that byte does not fit, and the upload begins anew.
    return last == 0 ? 0 : last + 1
  }
}
