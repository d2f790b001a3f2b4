import Model
import StateFile
import Testing
import YAML

@Suite struct DamageTests {
  /// A damaged file is an error or a state; it never traps, and what is read of it survives formatting and editing.
  @Test func damagedFilesNeverTrap() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let pieces = [
      "\"", "'", "{", "}", "[", "]", ":", "\n", "\r", "\t", "#", " #", "- ", "? ", "| ", "&a ", "*a", "!t ",
      "---\n", "é", "\u{FEFF}", "\0", "%",
    ]
    for index in 0..<600 {
      var generator = RandomStateText(seed: seed &+ UInt64(index))
      let state = try generator.state()
      var bytes = generator.text(of: state).bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator.random) {
        let offset = Int.random(in: 0...bytes.count, using: &generator.random)
        let end = min(bytes.count, offset + Int.random(in: 0...3, using: &generator.random))
        let piece = Array(pieces.randomElement(using: &generator.random)!.utf8)
        bytes.replaceSubrange(offset..<end, with: generator.chance(10) ? [0xC3] : piece)
      }
      let context = "seed \(seed &+ UInt64(index)):\n\(String(decoding: bytes, as: UTF8.self))"
      let file = StateText(path: "a.yaml", bytes: bytes)
      let reading = StateText.read([file])
      _ = reading.diagnostics.map(\.description)
      _ = file.lenientReading().entries
      let edited = try? file.setting([generator.key(): generator.digest()])
      guard let state = reading.state else {
        try #require(reading.diagnostics.contains { $0.severity == .error } && edited == nil, "\(context)")
        continue
      }
      let formatted = try file.formatted()
      try #require(StateText.read([formatted]).state == state, "\(context)")
      try #require(try formatted.formatted() == formatted, "\(context)")
    }
  }
}
