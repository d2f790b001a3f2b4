/// Where a digest that a repository lacks is copied from: `REPOSITORY` of the same registry, `HOST/REPOSITORY`, or
/// `oci:PATH//REPOSITORY`. `{repository}` in it stands for the repository that lacks the digest.
package struct CopySource: Hashable, Sendable, CustomStringConvertible {
  package enum Store: Hashable, Sendable {
    /// The one that the tags are in.
    case own
    /// Host and port.
    case host(String)
    /// The folder of layouts; relative only where the configuration's own path is.
    case layouts(path: String)
  }

  package var store: Store
  private let template: String

  /// What stands before the first `/` is a host where it has a `.` or a `:`, or is `localhost`: as in the names that
  /// `docker pull` takes (distribution/reference).
  /// - Throws: `InvalidValue`.
  package init(_ text: String) throws(InvalidValue) {
    let slash = text.firstIndex(of: "/")
    let first = text[..<(slash ?? text.startIndex)]
    if text.hasPrefix("oci:") {
      let parts = text.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let path = try RegistryAddress.layoutPath(String(parts[0])) else {
        throw InvalidValue(
          "\(text.quoted) names no repository in a folder of image layouts",
          remedy: "write oci:PATH//REPOSITORY, such as oci:/srv/images//{repository}")
      }
      store = .layouts(path: path)
      template = String(parts[1])
    } else if let slash, first == "localhost" || first.contains(where: { $0 == "." || $0 == ":" }) {
      // Never the text: it may have a password in it.
      guard !text.contains("@") else {
        throw InvalidValue(
          "a source has an @ in it",
          remedy: "write HOST/REPOSITORY alone; credentials stand below hosts:")
      }
      guard !text.contains("://"), let url = try? RegistryURL("https://\(first)") else {
        throw InvalidValue(
          "\(text.quoted) is not a source",
          remedy: "write a repository, or HOST/REPOSITORY without https://, such as ghcr.io/team/app")
      }
      store = .host(url.authority)
      template = String(text[text.index(after: slash)...])
    } else {
      store = .own
      template = text
    }
    _ = try repository(for: try RepositoryName("x"))
  }

  /// The repository that is copied from into `target`.
  /// - Throws: `InvalidValue` where what `{repository}` makes is none.
  package func repository(for target: RepositoryName) throws(InvalidValue) -> RepositoryName {
    try RepositoryName(template.replacing("{repository}", with: target.description))
  }

  package var description: String {
    switch store {
    case .own: template
    case .host(let host): "\(host)/\(template)"
    case .layouts(let path): "oci:\(path)//\(template)"
    }
  }
}
