import Model
import YAML

extension Node {
  /// The items of a list; none, with an error, where the node is something else. Nothing and `null` are an empty list.
  func list(_ what: String, _ diagnostics: inout Diagnostics) -> [Node] {
    switch kind {
    case .sequence: return items
    case .unreadable: return []
    case .mapping: diagnostics.error(at: self, "\(what) has to be a list, not a mapping")
    case .scalar where isNull: return []
    case .scalar: diagnostics.error(at: self, "\(what) has to be a list, not \(text.quoted)")
    }
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
