import Model

/// Copies that several ask for, made once: whoever asks while one is under way waits for it, and whoever asks later is
/// told that it was made. A copy ends when all who asked for it are cancelled.
///
/// What was made is remembered only while anybody copies: a registry may collect it afterwards.
actor SharedWork {
  struct Key: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case blob, manifest, image }

    let kind: Kind
    let repository: RepositoryName
    let digest: Digest
  }

  typealias Outcome = Result<Int, RegistryError>

  private struct Flight {
    let id: Int
    let task: Task<Outcome, Never>
    var waiting: Set<Int> = []
  }

  private var flights: [Key: Flight] = [:]
  private var made: [Key: Int] = [:]
  private var users = 0
  private var lastID = 0

  /// Remembers what is made until the matching `leave`.
  func enter() { users += 1 }

  func leave() {
    users -= 1
    if users == 0 { made = [:] }
  }

  /// What `work` returned, here or when somebody else asked.
  /// - Parameter isFresh: Whether it has to be done again where it was made before.
  /// - Throws: What `work` threw, which is then tried anew by the next who asks.
  func value(
    of key: Key, isFresh: Bool = false,
    _ work: @escaping @Sendable () async throws(RegistryError) -> Int
  ) async throws(RegistryError) -> Int {
    if !isFresh, let value = made[key] { return value }
    let (waiter, flight) = board(key, work)
    let outcome = await withTaskCancellationHandler {
      await flight.task.value
    } onCancel: {
      Task { await self.quit(key, flight.id, waiter) }
    }
    if flights[key]?.id == flight.id {
      flights[key] = nil
      if case .success(let value) = outcome, users > 0 { made[key] = value }
    }
    return try outcome.get()
  }

  private func board(
    _ key: Key, _ work: @escaping @Sendable () async throws(RegistryError) -> Int
  ) -> (waiter: Int, Flight) {
    lastID += 1
    var flight =
      flights[key]
      ?? Flight(id: lastID, task: Task.detached { await Result(catching: work) })
    flight.waiting.insert(lastID)
    flights[key] = flight
    return (lastID, flight)
  }

  private func quit(_ key: Key, _ id: Int, _ waiter: Int) {
    guard flights[key]?.id == id else { return }
    flights[key]?.waiting.remove(waiter)
    guard flights[key]?.waiting.isEmpty == true else { return }
    flights[key]?.task.cancel()
    flights[key] = nil
  }
}
