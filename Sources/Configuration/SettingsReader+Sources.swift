import Model
import YAML

extension SettingsReader {
  /// `registry`: a URL, or `oci:` and the path of a folder of image layouts.
  mutating func registryAddress(_ node: Node, allowsPlainHTTP: Bool) -> RegistryAddress? {
    do throws(InvalidValue) {
      if node.kind == .scalar, let path = try RegistryAddress.layoutPath(node.text) {
        return .layouts(path: fromHere(path))
      }
    } catch {
      diagnostics.error(at: node, error)
      return nil
    }
    return registryURL(node, allowsPlainHTTP: allowsPlainHTTP).map { .registry($0) }
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
