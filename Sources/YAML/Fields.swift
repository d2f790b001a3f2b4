import Model

/// Reads a mapping of known keys. Every `take` makes its key known, so that a new key is one more line where it is
/// read; `finish` reports what nobody took.
package struct Fields {
  private let mapping: Node
  private let owner: Node
  private let what: String
  private var known: [String]
  /// Keys that were taken, duplicates included.
  private var taken = 0

  /// Nil, with an error, where `node` is no mapping.
  /// - Parameters:
  ///   - owner: where a missing key is reported, the mapping's own key for instance; the mapping without one.
  ///   - what: what the mapping is, such as `the image`.
  ///   - known: keys known from the start: saves the hot path from collecting them.
  package init?(
    _ node: Node, owner: Node? = nil, of what: String, known: [String] = [], _ diagnostics: inout Diagnostics
  ) {
    mapping = node
    self.owner = owner ?? node
    self.what = what
    self.known = known
    guard node.isMapping(what, &diagnostics) else { return nil }
  }

  /// The value of `key`; nil where there is none. A duplicate is an error that names both places.
  package mutating func take(_ key: String, _ diagnostics: inout Diagnostics) -> Node? {
    if !known.contains(key) { known.append(key) }
    var found: (key: Node, value: Node)?
    for pair in mapping.pairs where pair.key.kind == .scalar && pair.key.hasText(key) {
      taken += 1
      if let first = found?.key {
        diagnostics.duplicate(pair.key, first, "\(key.quoted) is given twice")
      } else {
        found = pair
      }
    }
    return found?.value
  }

  /// The value of `key`, which has to be there: else an error with `remedy`, unless the mapping was cut off.
  package mutating func require(_ key: String, remedy: String, _ diagnostics: inout Diagnostics) -> Node? {
    if let value = take(key, &diagnostics) { return value }
    if mapping.isComplete {
      diagnostics.error(at: owner, "\(what) has no \(key.quoted)", remedy: remedy)
    }
    return nil
  }

  /// Reports unknown keys, with the nearest known one as remedy.
  /// - Parameter remedies: for keys that people write for a reason, what to do instead.
  package func finish(_ diagnostics: inout Diagnostics, remedies: [String: String] = [:]) {
    guard taken < mapping.count else { return }
    for (key, _) in mapping.pairs {
      guard key.isKey(&diagnostics), !known.contains(where: { key.hasText($0) }) else { continue }
      let text = key.text
      diagnostics.error(
        at: key, "\(text.quoted) is not a key of \(what)",
        remedy: remedies[text] ?? text.nearest(of: known).map { "did you mean \($0.quoted)?" }
          ?? "known keys are \(known.joined(separator: ", "))")
    }
  }
}

extension Node {
  /// The pairs of a mapping whose keys are free names: without keys that are no text, and without duplicates, which
  /// are errors. Empty, with an error, where the node is no mapping.
  package func members(
    of what: String, _ diagnostics: inout Diagnostics
  ) -> [(name: String, key: Node, value: Node)] {
    guard isMapping(what, &diagnostics) else { return [] }
    var first: [String: Node] = [:]
    var members: [(name: String, key: Node, value: Node)] = []
    for (key, value) in pairs where key.isKey(&diagnostics) {
      let name = key.text
      if let first = first.updateValue(key, forKey: name) {
        diagnostics.duplicate(key, first, "\(name.quoted) is declared twice")
      } else {
        members.append((name, key, value))
      }
    }
    return members
  }

  /// True for a mapping; else reports that `what` has to be one.
  package func isMapping(_ what: String, _ diagnostics: inout Diagnostics) -> Bool {
    switch kind {
    case .mapping: return true
    case .unreadable: return false
    case .sequence:
      diagnostics.error(
        at: self, "\(what) has to be a mapping, not a list",
        remedy: "write key: value lines, without the \(style == .flow ? "[ ]" : "-")")
    case .scalar:
      diagnostics.error(
        at: self, isNull ? "\(what) has no value" : "\(what) has to be a mapping, not \(text.quoted)",
        remedy: "write key: value lines below it")
    }
    return false
  }

  /// True for the 1 that `version` has in every file of ours; else reports what it is.
  package func isSupportedVersion(_ diagnostics: inout Diagnostics) -> Bool {
    guard let version = integer("\"version\"", &diagnostics) else { return false }
    if version == 1 { return true }
    diagnostics.error(
      at: self, "version \(version) is not supported", remedy: "this tagkeeper reads version 1: upgrade it")
    return false
  }

  /// True for a scalar; else reports that a key has to be text.
  package func isKey(_ diagnostics: inout Diagnostics) -> Bool {
    switch kind {
    case .scalar: return true
    case .unreadable: return false
    case .mapping, .sequence:
      diagnostics.error(at: self, "a key has to be text", remedy: "check the brackets and the indentation")
      return false
    }
  }
}

extension Diagnostics {
  /// Reports `second` as a duplicate of `first` in the same text.
  package mutating func duplicate(_ second: Node, _ first: Node, _ message: String) {
    let note = note(at: first, "first here")
    error(at: second, message, remedy: "keep one of the two", notes: [note])
  }
}
