import HTTPClient
package import Model
import Synchronization

extension RegistryClient {
  /// What `tag` points to now. A 5xx is asked again within the pass; whatever is not certain is `unknown`.
  package func observe(_ tag: TagReference) async -> Observation {
    do { return try await observation(of: tag) } catch {
      return .unknown(Observation.Failure(isServerError: error.kind == .server, error.description))
    }
  }

  /// What each of `tags` points to now, as many asked at once as the transport sends.
  ///
  /// Runs on libcurl's thread. Where the calling task is cancelled, it returns at once with those that finished.
  package func observe(_ tags: [TagReference]) async -> [TagReference: Observation] {
    let cursor = Cursor(count: tags.count)
    return await withTaskExecutorPreference(transport.taskExecutor) {
      await withTaskGroup(of: [(Int, Observation)].self) { group in
        for _ in 0..<min(tags.count, transport.concurrency) {
          group.addTask { await self.observe(tags, from: cursor) }
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
  private func observe(_ tags: [TagReference], from cursor: Cursor) async -> [(Int, Observation)] {
    var finished: [(Int, Observation)] = []
    while !Task.isCancelled, let index = cursor.next() {
      do {
        finished.append((index, try await observation(of: tags[index])))
      } catch {
        if error.kind == .cancelled { break }
        let failure = Observation.Failure(isServerError: error.kind == .server, error.description)
        finished.append((index, .unknown(failure)))
      }
    }
    return finished
  }

  private func observation(of tag: TagReference) async throws(RegistryError) -> Observation {
    let digest = try await retryingServerErrors(of: tag) { () async throws(RegistryError) in
      try await head(.tag(tag.tag), in: tag.repository)
    }
    return digest.map { .present($0) } ?? .absent
  }
}

/// Deals out the indices of a list to the tasks that share it.
private final class Cursor: Sendable {
  private let count: Int
  private let position = Atomic(0)

  init(count: Int) { self.count = count }

  func next() -> Int? {
    let index = position.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? index : nil
  }
}
