import Model
import YAML

extension SettingsReader {
  mutating func registryURL(_ node: Node, allowsPlainHTTP: Bool) -> RegistryURL? {
    guard let text = node.name("\"registry\"", &diagnostics) else { return nil }
    do throws(InvalidValue) {
      let url = try RegistryURL(text)
      if url.scheme == .https || url.isLoopback || allowsPlainHTTP { return url }
      diagnostics.error(
        at: node, "\(url) would be reached without encryption",
        remedy: "write https://, or plainHTTP: true where that is meant")
    } catch {
      diagnostics.error(at: node, error.problem, remedy: error.remedy)
    }
    return nil
  }
}
