package import Model

extension RegistryClient {
  /// Proves that a manifest can be deleted in `repository`, with a tombstone that no tag points to: `deleted` where
  /// it was, and is gone. To be done before the first tag is pointed to a tombstone.
  /// - Parameter batch: Makes the tombstone this proof's own.
  /// - Throws: `RegistryError`.
  package func proveManifestDeletion(
    in repository: RepositoryName, batch: String
  ) async throws(RegistryError) -> DeletionOutcome {
    guard kind.traits.emulatesDeletion else {
      return .unsupported(
        "\(address.authority) deletes no manifest by the registry API; use its own interface")
    }
    let tombstone = Tombstone.manifest(repository: repository, batch: batch)
    do { _ = try await putManifest(tombstone, to: .digest(tombstone.digest), in: repository) } catch {
      guard error.kind == .readOnly else { throw error }
      return .readOnly(error.description)
    }
    let outcome: DeletionOutcome
    do { outcome = try await deleteManifest(tombstone.digest, in: repository) } catch {
      // † distribution 2.8 answers 500 to a deletion that it made, where another client writes a tag meanwhile.
      guard error.isOutcomeUnknown, try await head(.digest(tombstone.digest), in: repository) == nil else {
        throw error
      }
      return .deleted
    }
    switch outcome {
    case .deleted: break
    case .absent:
      return .unsupported(
        "\(address.authority)/\(repository): a manifest that was just stored can't be found to delete")
    case .unsupported(let answer): return .unsupported(answer)
    case .readOnly(let answer): return .readOnly(answer)
    }
    guard try await head(.digest(tombstone.digest), in: repository) == nil else {
      return .unsupported("\(address.authority)/\(repository): a deleted manifest is still there")
    }
    return .deleted
  }
}
