import HTTPClient
import Reconciler
import Registry

/// What the configuration's `registry` names, ready to be used.
enum OpenedRegistry: Sendable {
  case registry(RegistryWriter, Transport)
  case layouts(LayoutWriter)

  var writer: any TagWriter {
    switch self {
    case .registry(let writer, _): writer
    case .layouts(let writer): writer
    }
  }

  /// What commands read of it, and what images are copied to.
  var images: any ContentTarget {
    switch self {
    case .registry(let writer, _): writer.client
    case .layouts(let writer): writer.layouts
    }
  }

  /// Refuses new requests, and lets those in flight finish for `grace`.
  func shutdown(grace: Duration) async {
    if case .registry(_, let transport) = self { await transport.shutdown(grace: grace) }
  }
}
