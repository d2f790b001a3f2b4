import Model
import YAML

extension SettingsReader {
  mutating func checkoutPath(_ node: Node) -> String? {
    path(node, "checkout", "the path of a git checkout")
  }

  /// A path on this machine; a relative one starts at the configuration's folder.
  /// - Parameter wanted: What is to be written, such as `the path of a file`.
  mutating func path(_ node: Node, _ key: String, _ wanted: String) -> String? {
    guard let text = node.name(key.quoted, &diagnostics) else { return nil }
    if text.isEmpty {
      diagnostics.error(at: node, "\(key.quoted) is empty", remedy: "write \(wanted)")
      return nil
    }
    if text == "~" || text.hasPrefix("~/") {
      diagnostics.error(at: node, "~ is not expanded", remedy: "write the whole path")
      return nil
    }
    return fromHere(text)
  }

  /// `text` as a path that starts where this process runs, or at the root.
  func fromHere(_ text: String) -> String {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return text.hasPrefix("/") ? text : Self.withoutDots(folder + text)
  }

  /// `./a/./b` is `a/b`: messages name the path. `..` stays, because it may cross a symbolic link.
  private static func withoutDots(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    return (path.hasPrefix("/") ? "/" : "") + (parts.isEmpty ? "." : parts.joined(separator: "/"))
  }

  /// A path in the branch's tree (git's own rules for tree entries, and no way out of the tree).
  mutating func treePath(_ node: Node) -> String? {
    guard let text = node.name("the state path", &diagnostics) else { return nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isValid = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".." && part.lowercased() != ".git"
        && part.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }
    if isValid { return text }
    diagnostics.error(
      at: node, "\(text.quoted) is not a path in the branch's tree",
      remedy: "write it from the top of the tree, such as desired-state/images.yaml")
    return nil
  }

  /// A list of such paths.
  mutating func treePaths(_ node: Node) -> [String]? {
    guard node.kind == .sequence else {
      guard node.kind != .unreadable else { return nil }
      diagnostics.error(
        at: node, "\"statePaths\" takes a list", remedy: "write statePaths: [old/path.yaml]")
      return nil
    }
    let items = node.items
    let paths = items.compactMap { treePath($0) }
    return paths.count == items.count ? paths : nil
  }

  mutating func number(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
    guard let value = node.integer(what, &diagnostics) else { return nil }
    if range.contains(value) { return value }
    diagnostics.error(
      at: node, "\(what) is \(value)",
      remedy: "write a number from \(range.lowerBound) to \(range.upperBound)")
    return nil
  }

  mutating func duration(_ node: Node, _ what: String, in range: ClosedRange<Duration>) -> Duration? {
    guard let text = node.name(what, &diagnostics) else { return nil }
    guard let value = Duration(configuration: text) else {
      diagnostics.error(
        at: node, "\(what) takes a duration, not \(text.quoted)",
        remedy: "write a number and ms, s, m, h or d, such as 15s")
      return nil
    }
    if range.contains(value) { return value }
    diagnostics.error(
      at: node, "\(what) is \(text)",
      remedy: "write a duration from \(range.lowerBound.configuration) to \(range.upperBound.configuration)")
    return nil
  }
}

extension Duration {
  /// A whole number and its unit, `ms`, `s`, `m`, `h` or `d`; nil for anything else.
  package init?(configuration text: String) {
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard (1...9).contains(digits.count), let count = Int(Substring(digits)),
      let unit = Self.units.first(where: { $0.name == text.dropFirst(digits.count) })
    else { return nil }
    self = unit.length * count
  }

  /// As the configuration writes it, in the largest unit that has no fraction.
  package var configuration: String {
    for unit in Self.units.reversed() {
      let count = Int(self / unit.length)
      if count > 0, unit.length * count == self { return "\(count)\(unit.name)" }
    }
    return "0s"
  }

  private static let units: [(name: String, length: Duration)] = [
    ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
    ("d", .seconds(86_400)),
  ]
}
