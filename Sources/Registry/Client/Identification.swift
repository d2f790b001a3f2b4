import Synchronization

/// Whether the host has shown in this process that it is a registry. Callers that come while it is asked share
/// one question; a failed one is asked anew by the next caller.
final class Identification: Sendable {
  private let isKnown = Atomic(false)
  private let flight = SingleFlight<Void>("asking whether the host is a registry")

  /// Returns once the host is known to be a registry.
  /// - Throws: What `ask` threw, or an error of kind `cancelled` as soon as the calling task is cancelled; the
  ///   question goes on for the others.
  func confirm(
    _ ask: @escaping @Sendable () async throws(RegistryError) -> Void
  ) async throws(RegistryError) {
    guard !isKnown.load(ordering: .acquiring) else { return }
    try await flight.result { [self] in
      // The answer may have come as this caller did.
      guard !isKnown.load(ordering: .acquiring) else { return .success(()) }
      let answer = await Result(catching: ask)
      if case .success = answer { isKnown.store(true, ordering: .releasing) }
      return answer
    }.get()
  }
}
