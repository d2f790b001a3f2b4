/// An operator's word that a channel, or an image, is to be left as it is.
package struct Suspension: Hashable, Sendable {
  /// Nil for every channel.
  package let channel: String?
  /// Nil for every image.
  package let image: ImageKey?
  package let reason: String
  /// The user who said so.
  package let author: String
  package let since: Timestamp
  /// When it ends by itself; nil for never.
  package let until: Timestamp?

  package init(
    channel: String?, image: ImageKey?, reason: String, author: String, since: Timestamp, until: Timestamp?
  ) {
    self.channel = channel
    self.image = image
    self.reason = reason
    self.author = author
    self.since = since
    self.until = until
  }

  package func isInForce(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }

  package func concerns(_ name: String) -> Bool { channel == nil || channel == name }

  package func covers(_ key: ImageKey) -> Bool { image == nil || image == key }

  /// The same channels and images: one takes the other's place.
  package func hasScope(of other: Suspension) -> Bool { (channel, image) == (other.channel, other.image) }

  /// `suspended by ada since 2026-11-23T02:10:00Z until 2026-11-23T04:10:00Z: WHY`.
  package var sentence: String {
    "suspended by \(author) since \(since.seconds)\(until.map { " until \($0.seconds)" } ?? ""): \(reason)"
  }
}
