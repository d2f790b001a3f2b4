/// What a configuration's `registry` names: a registry, or a folder of image layouts in the place of one.
package enum RegistryAddress: Hashable, Sendable, CustomStringConvertible {
  case registry(RegistryURL)
  /// The folder; relative only where the configuration's own path is.
  case layouts(path: String)

  /// Nil for layouts.
  package var url: RegistryURL? { if case .registry(let url) = self { url } else { nil } }

  package var description: String {
    switch self {
    case .registry(let url): url.description
    case .layouts(let path): "oci:\(path)"
    }
  }

  /// What follows `oci:`; nil where `text` does not begin with it.
  /// - Throws: `InvalidValue` where that is no folder's path.
  package static func layoutPath(_ text: String) throws(InvalidValue) -> String? {
    guard text.hasPrefix("oci:") else { return nil }
    var path = text.dropFirst(4)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard !path.isEmpty, path != "~", !path.hasPrefix("~/"), !path.contains("//") else {
      throw InvalidValue(
        "\(text.quoted) names no folder of image layouts",
        remedy: "write oci: and the path of a folder, such as oci:/srv/images; ~ is not expanded")
    }
    return String(path)
  }
}
