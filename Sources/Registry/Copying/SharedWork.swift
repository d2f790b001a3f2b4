import Model

/// Copies that several ask for, made once: whoever asks while one is under way waits for it, and whoever asks later is
/// told that it was made. Who is cancelled leaves the others to it; a copy that nobody else waits for ends first.
///
/// What was made is remembered only while anybody copies: a registry may collect it afterwards.
actor SharedWork {
  struct Key: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case blob, manifest, image }

    let kind: Kind
    let repository: RepositoryName
    let digest: Digest
    /// Where it is read: what one place lacks another may have.
    let source: String
  }

  typealias Outcome = Result<Int, RegistryError>

  private struct Flight {
    let id: Int
    let task: Task<Void, Never>
    var waiting: [Int: CheckedContinuation<Outcome, Never>] = [:]
  }

  private var flights: [Key: Flight] = [:]
  /// By their flight, which was cancelled: the last who waited for each.
  private var ending: [Int: CheckedContinuation<Outcome, Never>] = [:]
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
    lastID += 1
    let waiter = lastID
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { board(key, waiter, $0, work) }
    } onCancel: {
      // As a job of the actor it comes after the caller has boarded.
      Task { await self.quit(key, waiter) }
    }
    return try outcome.get()
  }

  private func board(
    _ key: Key, _ waiter: Int, _ continuation: CheckedContinuation<Outcome, Never>,
    _ work: @escaping @Sendable () async throws(RegistryError) -> Int
  ) {
    var flight =
      flights[key]
      ?? Flight(
        id: waiter,
        task: Task.detached { await self.finish(key, waiter, Result(catching: work)) })
    flight.waiting[waiter] = continuation
    flights[key] = flight
  }

  private func finish(_ key: Key, _ id: Int, _ outcome: Outcome) {
    if let last = ending.removeValue(forKey: id) { return last.resume(returning: outcome) }
    guard let flight = flights.removeValue(forKey: key) else { return }
    if case .success(let value) = outcome, users > 0 { made[key] = value }
    for continuation in flight.waiting.values { continuation.resume(returning: outcome) }
  }

  private func quit(_ key: Key, _ waiter: Int) {
    guard let flight = flights[key], let continuation = flight.waiting[waiter] else { return }
    if flight.waiting.count > 1 {
      flights[key]?.waiting[waiter] = nil
      let error = RegistryError(.cancelled, "cancelled while \(key.digest) was copied")
      return continuation.resume(returning: .failure(error))
    }
    flights[key] = nil
    ending[flight.id] = continuation
    flight.task.cancel()
  }
}
