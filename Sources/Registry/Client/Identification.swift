import Synchronization

/// Whether the host has shown in this process that it is a registry. Callers that come while it is asked share
/// one question; a failed one is asked anew by the next caller.
final class Identification: Sendable {
  typealias Answer = Result<Void, RegistryError>

  private struct State {
    var isKnown = false
    var isAsking = false
    var lastID = 0
    var waiting: [Int: CheckedContinuation<Answer, Never>] = [:]
  }

  private let state = Mutex(State())

  /// Returns once the host is known to be a registry.
  /// - Throws: What `ask` threw, or an error of kind `cancelled` as soon as the calling task is cancelled; the
  ///   question goes on for the others.
  func confirm(
    _ ask: @escaping @Sendable () async throws(RegistryError) -> Void
  ) async throws(RegistryError) {
    let id: Int? = state.withLock { state in
      if state.isKnown { return nil }
      state.lastID += 1
      return state.lastID
    }
    guard let id else { return }
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // The handler below may have run already: then nobody else would resume this caller.
        if Task.isCancelled { return continuation.resume(returning: Self.cancelled) }
        if enlist(continuation, id) { Task { self.finish(await Answer(catching: ask)) } }
        if Task.isCancelled { withdraw(id) }
      }
    } onCancel: {
      withdraw(id)
    }
    try answer.get()
  }

  private static var cancelled: Answer {
    .failure(RegistryError(.cancelled, "cancelled while asking whether the host is a registry"))
  }

  /// True where the caller has to ask.
  private func enlist(_ continuation: CheckedContinuation<Answer, Never>, _ id: Int) -> Bool {
    state.withLock { state in
      if state.isKnown {
        continuation.resume(returning: .success(()))
        return false
      }
      state.waiting[id] = continuation
      defer { state.isAsking = true }
      return !state.isAsking
    }
  }

  private func withdraw(_ id: Int) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: Self.cancelled)
  }

  private func finish(_ answer: Answer) {
    let waiting = state.withLock { state in
      if case .success = answer { state.isKnown = true }
      state.isAsking = false
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(returning: answer) }
  }
}

extension Result where Success == Void, Failure == RegistryError {
  fileprivate init(catching body: () async throws(RegistryError) -> Void) async {
    do {
      try await body()
      self = .success(())
    } catch {
      self = .failure(error)
    }
  }
}
