import Synchronization
import TestSupport
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(10))) struct SerialWorkTests {
  /// A list of referrers is read and written back: of two at once, one would take away what the other added.
  @Test func isDoneOneByOneWhicheverFails() async throws {
    let work = SerialWork()
    let list = Mutex<[Int]>([])
    _ = try await (0..<50).concurrentlyMapped(atOnce: 50) { number in
      try? await work.run { () throws(RegistryError) in
        let read = list.withLock { $0 }
        await Task.yield()
        list.withLock { $0 = read + [number] }
        if number.isMultiple(of: 3) { throw RegistryError(.server, "503") }
      }
    }
    #expect(list.withLock { $0.sorted() } == Array(0..<50))
    let error = await registryError {
      try await work.run { () throws(RegistryError) in throw RegistryError(.server, "503") }
    }
    #expect(error == RegistryError(.server, "503"))
  }

  @Test func endsWhenWhoAskedIsCancelled() async throws {
    let work = SerialWork()
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let asking = Task {
      try await work.run { () throws(RegistryError) in
        start.yield()
        do { try await waitForCancellation() } catch { throw RegistryError(.cancelled, "cancelled") }
      }
    }
    for await _ in started { break }
    asking.cancel()
    await #expect(throws: RegistryError.self) { try await asking.value }
  }
}
