import Model
import YAML

extension SettingsReader {
  /// `registry`: a URL, or `oci:` and the path of a folder of image layouts.
  mutating func registryAddress(_ node: Node, allowsPlainHTTP: Bool) -> RegistryAddress? {
    guard node.kind == .scalar, node.text.hasPrefix("oci:") else {
      return registryURL(node, allowsPlainHTTP: allowsPlainHTTP).map { .registry($0) }
    }
    do throws(InvalidValue) {
      guard case .layouts(let path) = try RegistryAddress(node.text) else { return nil }
      return .layouts(path: fromHere(path))
    } catch {
      diagnostics.error(at: node, error)
      return nil
    }
  }

  /// A channel's `sources`; nil with errors where one is wrong.
  mutating func copySources(_ node: Node) -> [CopySource]? {
    guard node.kind == .sequence else {
      guard node.kind != .unreadable else { return nil }
      diagnostics.error(
        at: node, "\"sources\" takes a list", remedy: "write sources: [team/staging, ghcr.io/team/app]")
      return nil
    }
    var sources: [CopySource] = []
    for item in node.items {
      guard let text = item.name("a source", &diagnostics) else { continue }
      do throws(InvalidValue) {
        var source = try CopySource(text)
        if case .layouts(let path) = source.store { source.store = .layouts(path: fromHere(path)) }
        sources.append(source)
      } catch {
        diagnostics.error(at: item, error)
      }
    }
    return sources.count == node.items.count ? sources : nil
  }
}
