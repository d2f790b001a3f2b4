import Model

extension RegistryClient {
  /// Shows on a tag and a tombstone of our own that deleting a tag leaves the manifest, which other tags or a rollback
  /// may need. Some registries take it along: Amazon ECR with its last tag, others with every tag.
  /// - Returns: `deleted` where it is shown.
  /// - Throws: `RegistryError` where that could not be learned.
  func proveTagDeletion(in repository: RepositoryName) async throws(RegistryError) -> DeletionOutcome {
    let tombstone = Tombstone.manifest(repository: repository, batch: "tag deletion")
    let standing: Digest?
    do { standing = try await head(.tag(.deletionProof), in: repository) } catch {
      throw unproven(error, repository)
    }
    if let standing, standing != tombstone.digest {
      return .unsupported(
        "\(address.authority)/\(repository): whether deleting a tag leaves its manifest is tried on the tag "
          + "\(TagName.deletionProof), which somebody made of \(standing.short): remove it")
    }
    if let refusal = try await refusalOfTagDeletion(in: repository, tombstone) { return refusal }
    do { _ = try await putManifest(tombstone, to: .tag(.deletionProof), in: repository) } catch {
      throw unproven(error, repository)
    }
    let outcome: DeletionOutcome
    do { outcome = try await tryDeletion(leaving: tombstone.digest, in: repository) } catch {
      _ = try? await deleteManifest(tombstone.digest, in: repository)
      throw unproven(error, repository)
    }
    // With it goes the tag, where that is left. In nobody's way where they stay.
    _ = try? await deleteManifest(tombstone.digest, in: repository)
    return outcome
  }

  /// Most registries that delete no tags say so of one that is not there: then nothing has to be written.
  private func refusalOfTagDeletion(
    in repository: RepositoryName, _ tombstone: Manifest
  ) async throws(RegistryError) -> DeletionOutcome? {
    let outcome: DeletionOutcome
    do { outcome = try await delete(.tag(.deletionProof), in: repository) } catch {
      // A 404 that is no registry's error says nothing of a tag that is not there.
      guard error.kind == .unexpected else { throw error }
      return nil
    }
    switch outcome {
    case .deleted, .absent: return nil
    case .unsupported: return outcome
    case .readOnly(let answer):
      // A registry without that route answers like one that takes no writes: a write tells them apart.
      do { _ = try await putManifest(tombstone, to: .digest(tombstone.digest), in: repository) } catch {
        guard error.kind == .readOnly else { throw unproven(error, repository) }
        return outcome
      }
      _ = try? await deleteManifest(tombstone.digest, in: repository)
      return .unsupported(answer)
    }
  }

  private func tryDeletion(
    leaving tombstone: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> DeletionOutcome {
    let outcome = try await delete(.tag(.deletionProof), in: repository)
    switch outcome {
    case .deleted: break
    case .unsupported, .readOnly: return outcome
    case .absent:
      return .unsupported(
        "\(address.authority)/\(repository): a tag that was just written can't be found to delete")
    }
    guard try await head(.tag(.deletionProof), in: repository) == nil else {
      throw RegistryError(
        .unexpected,
        "the registry said that it deleted the tag \(TagName.deletionProof), which is still there"
      )
    }
    guard try await head(.digest(tombstone), in: repository) != nil else {
      return .unsupported(
        "\(address.authority)/\(repository): the registry deletes a tag's manifest with the tag")
    }
    return .deleted
  }

  private func unproven(_ error: RegistryError, _ repository: RepositoryName) -> RegistryError {
    RegistryError(
      error.kind,
      "\(address.authority)/\(repository): whether deleting a tag leaves its manifest could not be tried: "
        + error.description)
  }
}

extension TagName {
  /// The one tag that is ever written beside those that a configuration makes and those that belong to copied images.
  static let deletionProof = try! TagName("tagkeeper-deletion-proof")  // a constant
}
