import HTTPClient
import Testing
import TestSupport

@Suite struct CancellationTests {
  private func code(_ task: Task<HTTPResponse, any Error>) async -> HTTPError.Code? {
    do {
      _ = try await task.value
      return nil
    } catch { return (error as? HTTPError)?.code }
  }

  /// Returns once what was started on the transport's thread has got to where it waits: jobs run in order.
  private func settle(_ transport: Transport) async {
    for _ in 0..<3 { await Task(executorPreference: transport.taskExecutor) {}.value }
  }

  @Test(.timeLimit(.minutes(10))) func inFlightQueuedAndNotYetSent() async throws {
    let server = try ScriptedServer { $0.target == "/next" ? .response(200) : .stall }
    let transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test")
    let inFlight = Task { try await transport.send(HTTPRequest(.get, server.url + "/1", timeouts: .patient)) }
    await server.waitForRequests(1)
    let queued = Task(executorPreference: transport.taskExecutor) {
      try await transport.send(HTTPRequest(.get, server.url + "/2"))
    }
    await settle(transport)
    let next = Task { try await transport.send(HTTPRequest(.get, server.url + "/next")) }
    queued.cancel()
    #expect(await code(queued) == .cancelled)
    inFlight.cancel()
    #expect(await code(inFlight) == .cancelled)
    #expect(try await next.value.status == 200)
    let late = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await transport.send(HTTPRequest(.get, server.url + "/3"))
    }
    #expect(await code(late) == .cancelled)
    #expect(server.requests.map(\.target) == ["/1", "/next"])
  }

  @Test func shutdownLetsInFlightFinishAndRefusesTheRest() async throws {
    let gate = Gate()
    let server = try ScriptedServer { _ in .held(gate, then: .response(200)) }
    let transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test")
    let inFlight = Task { try await transport.send(HTTPRequest(.get, server.url + "/1", timeouts: .patient)) }
    await server.waitForRequests(1)
    let waiting = Task { try await transport.send(HTTPRequest(.get, server.url + "/2")) }
    let shutdown = Task { await transport.shutdown(grace: .seconds(600)) }
    // Refused only once the shutdown has begun.
    while await code(Task { try await transport.send(HTTPRequest(.get, "http://registry.invalid/")) })
      != .unsent
    {}
    #expect(await code(waiting) == .unsent && HTTPError(.unsent, operation: "", message: "").isBeforeSending)
    gate.open()
    #expect(try await inFlight.value.status == 200)
    await shutdown.value
  }

  @Test func shutdownCancelsAfterItsGrace() async throws {
    let server = try ScriptedServer { _ in .stall }
    let transport = try Transport(concurrency: 1, userAgent: "tagkeeper/test")
    let inFlight = Task { try await transport.send(HTTPRequest(.get, server.url + "/1", timeouts: .patient)) }
    await server.waitForRequests(1)
    await transport.shutdown(grace: .milliseconds(1))
    #expect(await code(inFlight) == .shutDown)
    await transport.shutdown(grace: .seconds(600))
  }

  /// Whatever is cancelled when: every request ends, and none takes a place for good.
  @Test(.timeLimit(.minutes(10))) func cancellationAtAnyTimeLosesNothing() async throws {
    let server = try ScriptedServer { _ in .response(200, body: "answer") }
    let transport = try Transport(concurrency: 3, userAgent: "tagkeeper/test")
    var random = SystemRandomNumberGenerator()
    for round in 0..<20 {
      let tasks = (0..<30).map { number in
        Task(executorPreference: transport.taskExecutor) {
          try await transport.send(HTTPRequest(.get, "\(server.url)/\(number)"))
        }
      }
      if round % 2 == 0 { await settle(transport) }
      for task in tasks where Bool.random(using: &random) { task.cancel() }
      for task in tasks {
        do {
          #expect(try await task.value.body == Array("answer".utf8))
        } catch {
          #expect((error as? HTTPError)?.code == .cancelled)
        }
      }
    }
    #expect(try await transport.send(HTTPRequest(.get, server.url)).status == 200)
  }
}
