extension Collection where Element: Sendable, Self: Sendable {
  /// What `transform` makes of each element, in their order, `limit` of them at a time. The first error cancels the rest.
  func concurrentlyMapped<Value: Sendable>(
    atOnce limit: Int, _ transform: @escaping @Sendable (Element) async throws(RegistryError) -> Value
  ) async throws(RegistryError) -> [Value] {
    let results = await withTaskGroup(of: (Int, Result<Value, RegistryError>).self) { group in
      var waiting = enumerated().makeIterator()
      func startNext() {
        guard let (index, element) = waiting.next() else { return }
        group.addTask {
          (index, await Result { () async throws(RegistryError) in try await transform(element) })
        }
      }
      for _ in 0..<limit { startNext() }
      var results = [Result<Value, RegistryError>?](repeating: nil, count: count)
      var failure: RegistryError?
      for await (index, result) in group {
        results[index] = result
        if case .failure(let error) = result {
          // What the others say, once they are cancelled, is no reason.
          failure = failure ?? error
          group.cancelAll()
        }
        if failure == nil { startNext() }
      }
      return failure.map { .failure($0) } ?? Result<_, RegistryError>.success(results.compactMap(\.self))
    }
    var values: [Value] = []
    for result in try results.get() { values.append(try result.get()) }
    return values
  }
}
