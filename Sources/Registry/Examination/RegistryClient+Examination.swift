import Glibc
import HTTPClient
package import Model

// What a registry would let this client do, learned by requests that leave nothing behind.

extension RegistryClient {
  /// - Throws: `RegistryError`, of kind `notARegistry` where something else answers.
  package func introduce() async throws(RegistryError) -> RegistryIntroduction {
    try await identify()
    let response = try await send(request(.get, "", Access(.identify, nil), maximumBodySize: 1 << 20))
    return RegistryIntroduction(
      kind: kind == .other ? RegistryKind(shownBy: response) ?? .other : kind,
      credentials: response.status == 401 ? await examineCredentials() : .notAskedFor,
      date: response.headers.date(wall: time(nil)).map { Timestamp(seconds: Int64($0)) })
  }

  private func examineCredentials() async -> CredentialsExamination {
    let found: FoundCredentials?
    do { found = try await authenticator.credentials() } catch {
      return .refused(user: nil, error.description)
    }
    let user = found?.credentials.username
    let request = request(.get, "", Access(.login, nil), maximumBodySize: 1 << 20)
    do {
      let response = try await send(request)
      guard response.status == 200 else { return .unknown(failure(response, to: request).description) }
      return found.map { .taken(user: user, origin: $0.origin) } ?? .anonymous
    } catch {
      guard error.kind == .unauthorized else { return .unknown(error.description) }
      return found == nil ? .missing(error.description) : .refused(user: user, error.description)
    }
  }

  /// Asks for `tag`, which shows the right to pull and what the registry tells of quotas.
  package func examinePull(of tag: TagReference) async -> PullExamination {
    let observation = await observe(tag)
    // Docker Hub tells its quota with manifests alone.
    let response = try? await send(manifestRequest(.head, .tag(tag.tag), in: tag.repository))
    let names = [
      "RateLimit-Limit", "RateLimit-Remaining", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining",
    ]
    let quotas = names.compactMap { name in response?.headers[name].map { "\(name.lowercased()): \($0)" } }
    return PullExamination(observation: observation, quotas: quotas)
  }

  /// Starts an upload, which shows the right to push, and cancels it (OCI distribution-spec, "Pushing a blob in chunks").
  /// Only for a repository that is there: some registries make one.
  package func examinePush(in repository: RepositoryName) async -> PushExamination {
    do {
      let upload = try await startUpload(in: repository)
      // Where that fails the registry forgets the upload by itself, after some time.
      try? await cancel(upload)
      return .granted
    } catch {
      return [.unauthorized, .denied, .readOnly].contains(error.kind)
        ? .denied(error.description) : .unknown(error.description)
    }
  }

  /// Deletes a tag that is not there, and where that is refused a manifest that is not there.
  package func examineDeletion(in repository: RepositoryName) async -> TagDeletionExamination {
    do {
      switch kind.traits.tagDeletion {
      case .refused:
        return .impossible("\(kind.traits.name) deletes no tag by the registry API")
      case .acr:
        try await requireNoProofTag(in: repository)
        _ = try await deleteACRTag(TagReference(repository, .deletionProof))
        return .native
      case .native, .proven:
        try await requireNoProofTag(in: repository)
        switch try await delete(.tag(.deletionProof), in: repository) {
        case .deleted, .absent: return kind.traits.tagDeletion == .native ? .native : .nativeOnceProven
        case .unsupported(let answer), .readOnly(let answer):
          return try await examineEmulation(in: repository, instead: answer)
        }
      }
    } catch {
      return error.kind == .unauthorized || error.kind == .denied
        ? .denied(error.description) : .unknown(error.description)
    }
  }

  /// It may be somebody's, or of a process that is just trying how tags are deleted.
  private func requireNoProofTag(in repository: RepositoryName) async throws(RegistryError) {
    guard let standing = try await head(.tag(.deletionProof), in: repository) else { return }
    throw RegistryError(
      .unexpected,
      "\(address.authority)/\(repository): not tried: the tag \(TagName.deletionProof), on which it would be, is there "
        + "and has \(standing.short)")
  }

  private func examineEmulation(
    in repository: RepositoryName, instead answer: String
  ) async throws(RegistryError) -> TagDeletionExamination {
    guard kind.traits.emulatesDeletion else { return .impossible(answer) }
    let unknown = Tombstone.manifest(repository: repository, batch: "examination").digest
    switch try await deleteManifest(unknown, in: repository) {
    case .deleted, .absent: return .emulated
    case .unsupported(let answer), .readOnly(let answer): return .impossible(answer)
    }
  }

  /// Reads a page of the listing.
  package func examineListing(of repository: RepositoryName) async -> ListingExamination {
    do {
      switch try await listDigests(in: repository, pages: 1) {
      case .withoutDigests: return .tellsTags
      case .tooLong: return .tellsDigests
      case .digests: return .nothingThere
      }
    } catch {
      return .unknown(error.description)
    }
  }

  /// Asks what refers to `digest`, and takes the answer as copies do.
  package func examineReferrers(
    of digest: Digest, in repository: RepositoryName
  ) async -> ReferrersExamination {
    do { return try await listsReferrers(of: digest, in: repository) ? .api : .fallbackTag } catch {
      return .unknown(error.description)
    }
  }
}
