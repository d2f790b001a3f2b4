import Synchronization
import TestSupport
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(10))) struct ConcurrentMapTests {
  @Test func valuesComeInTheirOrderSoManyAtATime() async throws {
    let counts = Mutex((running: 0, most: 0))
    let values = try await (0..<50).concurrentlyMapped(atOnce: 4) { number throws(RegistryError) in
      counts.withLock {
        $0.running += 1
        $0.most = max($0.most, $0.running)
      }
      for _ in 0..<number % 7 { await Task.yield() }
      counts.withLock { $0.running -= 1 }
      return number * number
    }
    #expect(values == (0..<50).map { $0 * $0 })
    #expect(counts.withLock { $0.most <= 4 && $0.running == 0 })
    #expect(try await [Int]().concurrentlyMapped(atOnce: 4) { number in number } == [])
  }

  /// What those say that are cancelled by it is no reason, and nothing else is begun.
  @Test func theFirstErrorEndsTheRest() async throws {
    let begun = Mutex<Set<Int>>([])
    let (others, come) = AsyncStream.makeStream(of: Void.self)
    let error = await registryError {
      _ = try await (0..<50).concurrentlyMapped(atOnce: 4) { number throws(RegistryError) in
        begun.withLock { _ = $0.insert(number) }
        guard number == 0 else {
          come.yield()
          try? await Task.sleep(for: .seconds(3600))
          throw RegistryError(.cancelled, "cancelled")
        }
        var count = 0
        for await _ in others {
          count += 1
          if count == 3 { break }
        }
        throw RegistryError(.server, "the first")
      }
    }
    #expect(error == RegistryError(.server, "the first"))
    #expect(begun.withLock(\.self) == [0, 1, 2, 3])
  }
}
