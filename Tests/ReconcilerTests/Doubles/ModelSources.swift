import Model
import Reconciler
import Synchronization

/// What a channel's sources have, in memory; a copy puts it into the model registry.
final class ModelSources: ImageCopier {
  struct State {
    /// By digest number, where it is.
    var places: [UInt8: String] = [:]
    var failures: [UInt8: WriteFailure] = [:]
    /// Those of `failures` that come before anything is sent.
    var unreadable: Set<UInt8> = []
    /// The copies that were begun, and those that came to their end, in that order.
    var begun: [UInt8] = []
    var copied: [UInt8] = []
    var cancelled: [UInt8] = []
    /// The most copies that were under way at once.
    var mostAtOnce = 0
    var atOnce = 0
    /// Awaited in each copy.
    var onCopy: (@Sendable (UInt8) async -> Void)?
  }

  let unfinished = UnfinishedCopies()
  let registry = Mutex<ModelRegistry?>(nil)
  let state: Mutex<State>

  init(_ places: [UInt8: String]) { state = Mutex(State(places: places)) }

  func adjust(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

  func takeCopied() -> [UInt8] {
    state.withLock { state in
      defer { state.copied = [] }
      return state.copied
    }
  }

  func find(
    _ digest: Digest, for repository: RepositoryName, in sources: [CopySource]
  ) async -> SourceSearch {
    let number = number(of: digest)
    return state.withLock { state in
      if let failure = state.failures[number] { return .unknown(failure.message) }
      return state.places[number].map { .found($0) }
        ?? .missing("not in \(sources.map(\.description).joined(separator: ", "))")
    }
  }

  func copy(
    _ digest: Digest, to repository: RepositoryName, from sources: [CopySource],
    begins: @escaping @Sendable () -> Void
  ) async throws(WriteFailure) -> (source: String, bytes: Int) {
    let number = number(of: digest)
    let (place, failure, onCopy) = state.withLock { state in
      state.begun.append(number)
      state.atOnce += 1
      state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
      return (state.places[number], state.failures[number], state.onCopy)
    }
    let isRead = state.withLock { !$0.unreadable.contains(number) && (place != nil || failure != nil) }
    if isRead { begins() }
    await onCopy?(number)
    state.withLock { $0.atOnce -= 1 }
    if Task.isCancelled {
      state.withLock { $0.cancelled.append(number) }
      throw WriteFailure(.transient, "cancelled")
    }
    if let failure { throw failure }
    guard let place else { throw WriteFailure(.missing, "in no source") }
    registry.withLock { $0 }?.adjust { $0.manifests.insert(digest) }
    state.withLock { $0.copied.append(number) }
    return (place, Int(number))
  }
}
