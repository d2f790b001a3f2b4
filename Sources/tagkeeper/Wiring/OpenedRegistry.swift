import HTTPClient
import Reconciler
import Registry

/// What the configuration's `registry` names, ready to be used.
struct OpenedRegistry: Sendable {
  let writer: any TagWriter
  /// What commands read of it, and what images are copied to.
  let images: any ContentTarget
  /// Nil for layouts on disk.
  let client: RegistryClient?
  /// Of this registry, and of those that images are copied from.
  let transport: Transport

  init(_ client: RegistryClient, _ transport: Transport) {
    writer = RegistryWriter(client: client)
    images = client
    self.client = client
    self.transport = transport
  }

  init(_ layouts: ImageLayouts, _ transport: Transport) {
    writer = LayoutWriter(layouts: layouts)
    images = layouts
    client = nil
    self.transport = transport
  }

  /// Calls `body` with a line for the log where listings are found to lag, and are given up.
  func tellOfListings(_ body: @escaping @Sendable (String) -> Void) { client?.tellOfListings(body) }

  /// Refuses new requests, and lets those in flight finish for `grace`.
  func shutdown(grace: Duration) async { await transport.shutdown(grace: grace) }
}
