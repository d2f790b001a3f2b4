package import Model

extension RegistryURL {
  /// False on hosts that are known to refuse a manifest's deletion, or to count on none: Docker Hub, GitHub's
  /// and Google's. There a deletion by tombstone is never tried, only reported.
  package var allowsEmulatedDeletion: Bool {
    let refusing = ["docker.io", "docker.com", "ghcr.io", "gcr.io", "pkg.dev"]
    return !refusing.contains { host == $0 || host.hasSuffix("." + $0) }
  }
}
