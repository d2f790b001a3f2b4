import Model
import Synchronization

/// What was learned in this process of deleting tags, per repository. Callers that come while it is tried share one try;
/// a failed one is made anew by the next caller.
final class TagDeletionProofs: Sendable {
  private typealias Try = Task<Result<DeletionOutcome, RegistryError>, Never>

  private let tries = Mutex<[RepositoryName: Try]>([:])

  /// - Throws: What `prove` threw. It goes on where a caller is cancelled: it cleans up behind itself.
  func proof(
    for repository: RepositoryName,
    _ prove: @escaping @Sendable () async throws(RegistryError) -> DeletionOutcome
  ) async throws(RegistryError) -> DeletionOutcome {
    let current = tries.withLock { tries in
      if let known = tries[repository] { return known }
      let new = Try { await Result(catching: prove) }
      tries[repository] = new
      return new
    }
    let result = await current.value
    switch result {
    // Deletion may be switched on, and maintenance may end.
    case .success(.deleted): break
    case .success, .failure: tries.withLock { if $0[repository] == current { $0[repository] = nil } }
    }
    return try result.get()
  }
}
