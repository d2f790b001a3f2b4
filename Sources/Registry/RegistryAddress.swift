package import Model

/// The name under which `RegistryClient` takes a registry's URL.
package typealias RegistryAddress = RegistryURL

extension RegistryURL {
  /// Host and port as in the URL, `[::1]:5000` or `host`: for messages.
  package var authority: String { String(description.dropFirst("\(scheme.rawValue)://".count)) }

  /// False on hosts that are known to refuse a manifest's deletion, or to count on none: Docker Hub, GitHub's
  /// and Google's. There a deletion by tombstone is never tried, only reported.
  package var allowsEmulatedDeletion: Bool {
    let refusing = ["docker.io", "docker.com", "ghcr.io", "gcr.io", "pkg.dev"]
    return !refusing.contains { host == $0 || host.hasSuffix("." + $0) }
  }
}
