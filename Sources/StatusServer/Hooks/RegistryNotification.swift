import FoundationEssentials

/// What distribution sends to an endpoint ("Work with notifications"; media type
/// application/vnd.docker.distribution.events.v2+json).
struct RegistryNotification: Decodable {
  private struct Event: Decodable {
    struct Request: Decodable { let useragent: String? }
    let action: String?
    let request: Request?
  }
  private let events: [Event]

  /// Whether somebody may have moved a tag. What is not understood may tell of that; reading, a sweep's too, does not, nor
  /// what this program wrote: else each sweep would be the next one's reason.
  /// - Parameter agent: What this program names itself to registries.
  static func isNews(_ body: [UInt8], besides agent: String) -> Bool {
    guard let notification = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return true }
    return notification.events.isEmpty
      || notification.events.contains { $0.action != "pull" && $0.request?.useragent != agent }
  }
}

extension HookSecret {
  /// What is wrong with a notification, for the log alone; nil where its one `Authorization` has the secret, alone or as
  /// `Bearer SECRET`: distribution sends what its configuration's `headers` say.
  func fault(of notification: IncomingRequest) -> String? {
    let values = notification.values(of: "Authorization")
    guard values.count == 1 else { return "it has \(values.isEmpty ? "no" : "more than one") Authorization" }
    let scheme = "Bearer "
    let given = values[0].hasPrefix(scheme) ? values[0].dropFirst(scheme.count) : values[0][...]
    return isText(given.utf8) ? nil : "Authorization is wrong"
  }
}
