/// What a registry did with a DELETE.
package enum DeletionOutcome: Hashable, Sendable {
  case deleted
  /// There was nothing to delete.
  case absent
  /// The registry doesn't delete this way, or must not be asked to. The text says why.
  case unsupported(String)
  /// A 405 that is no registry's error: a registry in maintenance, or a proxy. The host takes no write now.
  case readOnly(String)
}
