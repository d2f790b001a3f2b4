import Model
import YAML

extension Editor {
  /// The edits that give an image's fields their new values in place; nil where how they are written does not allow
  /// it: a field to add or remove in flow style, or a block scalar.
  func fieldEdits(
    of image: StateIndex.Image, to wanted: DesiredState.Entry
  ) -> [(range: Range<Int>, bytes: [UInt8])]? {
    let isBlock = layout.elements[image.element].value.style == .block
    let fields = layout.children(of: image.element)
    guard let first = fields.first else { return nil }
    var edits: [(range: Range<Int>, bytes: [UInt8])] = []
    // A new field goes below the one before it in canonical order.
    var above = first
    for ((name, old), (_, new)) in zip(image.entry.fields, wanted.fields) {
      let field = fields.first { layout.elements[$0].key.hasText(name) }
      switch (field, new) {
      case (nil, nil): break
      case (let field?, let new?):
        above = field
        guard old != new else { continue }
        guard let bytes = scalar(new, like: layout.elements[field].value) else { return nil }
        edits.append((layout.elements[field].value.range, bytes))
      case (let field?, nil):
        guard isBlock else { return nil }
        edits.append((layout.blockStart(field)..<layout.blockEnd(field), []))
      case (nil, let new?):
        guard isBlock else { return nil }
        let indentation = String(repeating: " ", count: layout.column(of: layout.elements[first]))
        let end = layout.blockEnd(above)
        let line = Array("\(indentation)\(name): \(new)".utf8)
        edits.append((end..<end, layout.isLineStart(end) ? line + lineBreak : lineBreak + line))
      }
    }
    return edits
  }

  /// `value`, a digest, a day or a quoted hold, in the quotes of the scalar that it replaces.
  private func scalar(_ value: String, like old: Node) -> [UInt8]? {
    let isQuoted = value.hasPrefix("\"")
    return switch old.style {
    case .plain: Array(value.utf8)
    case .singleQuoted: Array((isQuoted ? value : "'\(value)'").utf8)
    case .doubleQuoted: Array((isQuoted ? value : "\"\(value)\"").utf8)
    case .block, .flow: nil
    }
  }
}
