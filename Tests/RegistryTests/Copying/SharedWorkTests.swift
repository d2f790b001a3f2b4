import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(10))) struct SharedWorkTests {
  private let key = SharedWork.Key(
    kind: .blob, repository: repository, digest: digest(1), source: "r.example/a")

  @Test func isDoneOnceWhileAnybodyCopies() async throws {
    let work = SharedWork()
    let count = Mutex(0)
    func ask(isFresh: Bool = false) async throws -> Int {
      try await work.value(of: key, isFresh: isFresh) { () throws(RegistryError) in
        count.withLock {
          $0 += 1
          return $0
        }
      }
    }
    await work.enter()
    #expect(try await ask() == 1)
    #expect(try await ask() == 1)
    #expect(try await ask(isFresh: true) == 2)
    await work.leave()
    // The registry may have collected it since.
    #expect(try await ask() == 3)
    #expect(try await ask() == 4)
  }

  @Test func aFailureIsNotRemembered() async throws {
    let work = SharedWork()
    await work.enter()
    let error = await registryError {
      _ = try await work.value(of: key) { () throws(RegistryError) in throw RegistryError(.server, "503") }
    }
    #expect(error?.kind == .server)
    #expect(try await work.value(of: key) { () throws(RegistryError) in 1 } == 1)
  }

  @Test func endsWhenAllWhoWaitAreCancelled() async throws {
    let work = SharedWork()
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let (ended, end) = AsyncStream.makeStream(of: Bool.self)
    let asking = (0..<2).map { _ in
      Task {
        try await work.value(of: key) { () throws(RegistryError) in
          start.yield()
          try? await Task.sleep(for: .seconds(3600))
          end.yield(Task.isCancelled)
          throw RegistryError(.cancelled, "cancelled")
        }
      }
    }
    for await _ in started { break }
    for task in asking { task.cancel() }
    for await isCancelled in ended {
      #expect(isCancelled)
      break
    }
    for task in asking { await #expect(throws: RegistryError.self) { _ = try await task.value } }
    // Nobody who comes later gets what was cancelled.
    #expect(try await work.value(of: key) { () throws(RegistryError) in 7 } == 7)
  }

  @Test func whoIsCancelledDoesNotWaitForTheOthers() async throws {
    let work = SharedWork()
    let key = key
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let (finished, finish) = AsyncStream.makeStream(of: Void.self)
    let asking = (0..<2).map { _ in
      Task {
        try await work.value(of: key) { () throws(RegistryError) in
          start.yield()
          for await _ in finished { break }
          return Task.isCancelled ? 0 : 7
        }
      }
    }
    for await _ in started { break }
    asking[0].cancel()
    let error = await registryError { _ = try await asking[0].value }
    #expect(error?.kind == .cancelled)
    finish.yield()
    #expect(try await asking[1].value == 7)
  }
}
