import HTTPClient
package import Model
import Synchronization

extension RegistryClient {
  /// What `tag` points to now; whatever is not certain is `unknown`.
  package func observe(_ tag: TagReference) async -> Observation {
    do { return try await observation(of: tag) } catch {
      return .unknown(Observation.Failure(isServerError: error.kind == .server, error.description))
    }
  }

  /// What each of `tags` points to now, as many asked at once as the transport sends.
  ///
  /// Runs on libcurl's thread. Where the calling task is cancelled, it returns at once with those that finished. Where
  /// as many as can be in flight got no answer in a row, or a quarter of them were throttled to the end, the host is
  /// given up, and the rest is unknown for the same reason: else a registry that hangs would be noticed only after its
  /// last tag.
  package func observe(_ tags: [TagReference]) async -> [TagReference: Observation] {
    await observe(tags) {}
  }

  /// - Parameter answered: Called once it is known of a tag what it points to, or why that can't be known.
  func observe(
    _ tags: [TagReference], answered: @escaping @Sendable () -> Void
  ) async -> [TagReference: Observation] {
    let cursor = Cursor(count: tags.count, patience: concurrency)
    return await withTaskExecutorPreference(transport.taskExecutor) {
      await withTaskGroup(of: [(Int, Observation)].self) { group in
        for _ in 0..<min(tags.count, concurrency) {
          group.addTask { await self.observe(tags, from: cursor, answered) }
        }
        var observations: [TagReference: Observation] = [:]
        observations.reserveCapacity(tags.count)
        for await finished in group {
          for (index, observation) in finished { observations[tags[index]] = observation }
        }
        return observations
      }
    }
  }

  /// One of the tasks that share `tags`: takes the next one until there is none.
  private func observe(
    _ tags: [TagReference], from cursor: Cursor, _ answered: () -> Void
  ) async -> [(Int, Observation)] {
    var finished: [(Int, Observation)] = []
    while !Task.isCancelled, let index = cursor.next() {
      if let failure = cursor.reasonToGiveUp {
        finished.append((index, .unknown(failure)))
        continue
      }
      do {
        finished.append((index, try await observation(of: tags[index])))
        cursor.answered()
      } catch {
        if error.kind == .cancelled { break }
        let failure = Observation.Failure(isServerError: error.kind == .server, error.description)
        finished.append((index, .unknown(failure)))
        switch error.kind {
        case .transport: cursor.unanswered(failure)
        case .throttled: cursor.unanswered(failure, countingAs: max(1, concurrency / 4))
        default: cursor.answered()
        }
      }
      answered()
    }
    return finished
  }

  private func observation(of tag: TagReference) async throws(RegistryError) -> Observation {
    try await head(.tag(tag.tag), in: tag.repository).map { .present($0) } ?? .absent
  }
}

/// Deals out the indices of a list to the tasks that share it, and counts requests in a row that got no answer.
private final class Cursor: Sendable {
  private let count: Int
  private let patience: Int
  private let position = Atomic(0)
  private let silence = Mutex<(length: Int, reason: Observation.Failure?)>((0, nil))

  init(count: Int, patience: Int) {
    self.count = count
    self.patience = patience
  }

  func next() -> Int? {
    let index = position.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? index : nil
  }

  func answered() { silence.withLock { $0 = (0, nil) } }

  func unanswered(_ failure: Observation.Failure, countingAs count: Int = 1) {
    silence.withLock { $0 = ($0.length + count, failure) }
  }

  var reasonToGiveUp: Observation.Failure? { silence.withLock { $0.length >= patience ? $0.reason : nil } }
}
