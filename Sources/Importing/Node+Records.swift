import Model
import YAML

extension Node {
  /// The items of a list; none, with an error, where the node is something else. Nothing and `null` are an empty list.
  func list(_ what: String, _ diagnostics: inout Diagnostics) -> [Node] {
    let found: String
    switch kind {
    case .sequence: return items
    case .unreadable: return []
    case .scalar where isNull: return []
    case .mapping: found = "a mapping"
    case .scalar: found = text.quoted
    }
    diagnostics.error(at: self, "\(what) has to be a list, not \(found)", remedy: "write it in [ ]")
    return []
  }
}

extension Diagnostics {
  /// The value that `make` makes of the node's text; its error is reported at the node.
  mutating func value<T>(of node: Node, _ make: (String) throws(InvalidValue) -> T) -> T? {
    do throws(InvalidValue) { return try make(node.text) } catch {
      self.error(at: node, error)
      return nil
    }
  }
}
