import Model
import Planning
import StateFile
import Testing
import YAML

@Suite struct MergingLaws {
  /// merge(b, x, x) = merge(b, b, x) = merge(b, x, b) = x, byte for byte, comments and form included.
  @Test func oneSidesChangeIsItsText() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<150 {
      var generator = RandomStateText(seed: seed &+ UInt64(index))
      let base = try generator.text(of: generator.state())
      let changed = try generator.changed(base)
      for (ours, theirs) in [(changed, changed), (base, changed), (changed, base)] {
        let result = try merge(base, ours, theirs)
        try #require(
          result.text == changed,
          "seed \(seed &+ UInt64(index)):\n\(base.shown)\n->\n\(changed.shown)\n->\n\(result.text.shown)")
      }
    }
  }

  /// Without a conflict the text reads as the merged state. With one it can't be read, and the markers hold the two
  /// choices: each side's choice reads as the merged entries and that side's.
  @Test func theTextSaysWhatWasMerged() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var conflicting = 0
    for index in 0..<200 {
      var generator = RandomStateText(seed: seed &+ UInt64(index))
      let base = try generator.text(of: generator.state())
      let (ours, theirs) = try (generator.changed(base), generator.changed(base))
      let (merge, text) = try merge(base, ours, theirs)
      let context =
        "seed \(seed &+ UInt64(index)):\n\([base, ours, theirs].map(\.shown).joined(separator: "\n+\n"))\n->\n\(text.shown)"
      if let state = merge.state {
        try #require(StateText.read([text]).state == state, "\(context)")
        let formatted = try text.formatted()
        try #require(formatted == text || text == ours || text == theirs, "\(context)")
        continue
      }
      conflicting += 1
      let reading = StateText.read([text])
      try #require(reading.state == nil, "\(context)")
      try #require(reading.diagnostics.count == merge.conflicts.count, "\(context)")
      for (side, entries) in [
        ("ours", merge.conflicts.map(\.ours)), ("theirs", merge.conflicts.map(\.theirs)),
      ] {
        let resolved = StateText.read([text.resolved(to: side)])
        let expected = try DesiredState(merge.entries + entries.compactMap(\.self))
        try #require(resolved.state == expected, "\(side) \(resolved.diagnostics) \(context)")
      }
    }
    #expect(conflicting > 30)
  }
}

extension StateText {
  /// The text with the blocks of one side of every conflict.
  fileprivate func resolved(to side: String) -> StateText {
    var current: String?
    let lines = shown.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
      switch line {
      case "<<<<<<< production": current = "ours"
      case "=======": current = "theirs"
      case ">>>>>>> main": current = nil
      default: return current == nil || current == side
      }
      return false
    }
    return StateText(path: path, bytes: Array(lines.joined(separator: "\n").utf8))
  }
}

extension RandomStateText {
  /// The file with some images changed, some with a donor's comments, and with new comments.
  fileprivate mutating func changed(_ file: StateText) throws -> StateText {
    let state = try #require(StateText.read([file]).state)
    let other = try self.state()
    var target = try mixture(of: state, other)
    if chance(60) { target = try DesiredState(state.entries.map { target[$0.key] ?? $0 }) }
    let donor = chance(50) ? [text(of: other)] : []
    let result = try StateText.rewriting([file], to: target, donor: donor).first ?? file
    guard chance(50) else { return result }
    var lines = result.shown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let column = String(repeating: " ", count: .random(in: 0...8, using: &random))
    lines.insert(column + "#new \(digest().short)", at: .random(in: 0..<lines.count, using: &random))
    let commented = StateText(path: file.path, bytes: Array(lines.joined(separator: "\n").utf8))
    // Within a `---` line or a scalar it would be no comment.
    return StateText.read([commented]).state == target ? commented : result
  }
}
