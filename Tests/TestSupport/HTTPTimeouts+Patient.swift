package import HTTPClient

extension HTTPTimeouts {
  /// Of a request that waits for the test, which on a busy machine takes longer than a registry may.
  package static let patient = HTTPTimeouts(idle: .seconds(600), total: .seconds(600))
}
