/// Work of which one is done at a time, in the order in which it was asked for.
actor SerialWork {
  private var last: Task<Void, Never>?

  func run(
    _ work: @escaping @Sendable () async throws(RegistryError) -> Void
  ) async throws(RegistryError) {
    let previous = last
    let task = Task<Result<Void, RegistryError>, Never>.detached {
      await previous?.value
      return await Result(catching: work)
    }
    last = Task.detached { _ = await task.value }
    let outcome = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    try outcome.get()
  }
}
