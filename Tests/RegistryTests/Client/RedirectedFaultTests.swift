import HTTPClient
import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// What a redirect leads to, a store of blobs or a cache, has a pace of its own, which the transport does not keep.
@Suite struct RedirectedFaultTests {
  @Test(arguments: [429, 503]) func aStoreThatLimitsRequestsIsAskedLessAndLess(status: Int) async throws {
    let store = try ScriptedServer { _ in .response(status, [("Retry-After", "1")]) }
    let server = try ScriptedServer { _ in .response(307, [("Location", "\(store.url)/blob")]) }
    let pauses = Mutex<[Duration]>([])
    let client = RegistryClient(
      try RegistryURL(server.url), transport: try Transport(userAgent: "tagkeeper/test"),
      retries: RequestRetries(sleep: { pause in pauses.withLock { $0.append(pause) } }, jitter: { 1 }))
    let error = await registryError { _ = try await client.smallBlob(digest(1), in: repository) }
    #expect(error?.kind == (status == 429 ? .throttled : .server))
    #expect(store.requests.count == 3)
    #expect(pauses.withLock { $0 } == [.milliseconds(100), .milliseconds(200)])
  }
}
