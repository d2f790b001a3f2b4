import GitCheckout
import Model

extension GitRepository {
  /// The commit that `--rev` or an argument names; nil for nil.
  /// - Throws: `CommandFailure`.
  nonisolated func commit(named text: String?) async throws(CommandFailure) -> CommitID? {
    guard let text else { return nil }
    do { return try await resolveRevision(text) } catch { throw CommandFailure("\(error)") }
  }
}
