extension Collection where Element: Sendable {
  /// What `transform` makes of each element, in the order of the elements: `limit` of them at once, as many as the
  /// registry allows.
  func concurrentlyMapped<Result: Sendable>(
    atOnce limit: Int, _ transform: @escaping @Sendable (Element) async -> Result
  ) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
      var waiting = enumerated().makeIterator()
      func startNext() {
        guard let (index, element) = waiting.next() else { return }
        group.addTask { (index, await transform(element)) }
      }
      for _ in 0..<limit { startNext() }
      var results = [Result?](repeating: nil, count: count)
      for await (index, result) in group {
        results[index] = result
        startNext()
      }
      return results.map { $0! }
    }
  }
}
