import Model
import StateFile
import Testing

@Suite struct RewritingLaws {
  /// Any text and any donor: the result reads as the target, blocks of images that stay keep their bytes, and a second
  /// time nothing is left to do.
  @Test(arguments: [true, false]) func theResultReadsAsTheTarget(_ allowsFlow: Bool) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var rewritten = 0
    for index in 0..<200 {
      var generator = RandomStateText(seed: seed &+ UInt64(index), allowsFlow: allowsFlow)
      let state = try generator.state()
      let other = try generator.state()
      let target = try generator.mixture(of: state, other)
      let donor = generator.chance(60) ? [generator.text(of: other)] : []
      let source = generator.text(of: state)
      let context =
        "seed \(seed &+ UInt64(index)):\n\(donor.map(\.shown))\n+\n\(source.shown)\n->\n\(target.entries)"
      let result = try StateText.rewriting([source], to: target, donor: donor)
      guard let text = result.first else {
        try #require(target == state, "\(context)")
        continue
      }
      rewritten += 1
      let shown = "\(context)\n->\n\(text.shown)"
      try #require(StateText.read(result).state == target, "\(shown)")
      try #require(try text.formatted().formatted() == text.formatted(), "\(shown)")
      try #require(try StateText.rewriting(result, to: target, donor: donor).isEmpty, "\(shown)")
      guard !allowsFlow else { continue }
      for entry in target.entries where state[entry.key] == entry {
        let block = try #require(generator.blocks[entry.key]).joined(separator: generator.lineBreak)
        try #require(text.shown.contains(block), "\(entry.key) \(shown)")
      }
    }
    #expect(rewritten > 100)
  }

  /// A canonical file stays canonical, also with blocks of a canonical donor.
  @Test func canonicalFilesStaySo() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<200 {
      var generator = RandomStateText(seed: seed &+ UInt64(index))
      let state = try generator.state()
      let other = try generator.state()
      let target = try generator.mixture(of: state, other)
      let donor = try generator.text(of: other).formatted()
      let source = try generator.text(of: state).formatted()
      let context =
        "seed \(seed &+ UInt64(index)):\n\(donor.shown)\n+\n\(source.shown)\n->\n\(target.entries)"
      guard let text = try StateText.rewriting([source], to: target, donor: [donor]).first else { continue }
      let shown = "\(context)\n->\n\(text.shown)"
      try #require(try text.formatted().shown == text.shown, "\(shown)")
    }
  }

  /// Three files and a donor of other files: together they declare the target, and only files that changed come back.
  @Test func severalFiles() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<200 {
      var generator = RandomStateText(seed: seed &+ UInt64(index))
      let (state, other) = try (generator.state(), generator.state())
      let target = try generator.mixture(of: state, other)
      let (files, donor) = try (generator.files(of: state), generator.files(of: other))
      let context = "seed \(seed &+ UInt64(index))"
      let result = try StateText.rewriting(files, to: target, donor: donor)
      let all = files.filter { file in !result.contains { $0.path == file.path } } + result
      if !all.isEmpty { try #require(StateText.read(all).state == target, "\(context)") }
      try #require(Set(result).isDisjoint(with: files), "\(context)")
      try #require(try StateText.rewriting(all, to: target, donor: donor).isEmpty, "\(context)")
    }
  }

  /// Holds of any text read back as they were.
  @Test func anyHold() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = RandomStateText(seed: seed)
    for _ in 0..<300 {
      let state = try generator.state()
      guard var entry = state.entries.first else { continue }
      var hold = String.UnicodeScalarView("x".unicodeScalars)
      for _ in 0..<Int.random(in: 0...12, using: &generator.random) {
        let limit: UInt32 = generator.chance(50) ? 0x80 : 0x11_0000
        if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator.random)) {
          hold.append(scalar)
        }
      }
      entry.hold = String(hold)
      let target = try DesiredState([entry] + state.entries.dropFirst())
      let result = try StateText.rewriting([generator.text(of: state)], to: target)
      try #require(StateText.read(result).state == target, "seed \(seed) \(hold.map(\.value))")
    }
  }
}

extension StateText {
  var shown: String { String(decoding: bytes, as: UTF8.self) }
}

extension RandomStateText {
  /// Of each image what the one or the other state says, or something between.
  mutating func mixture(of state: DesiredState, _ other: DesiredState) throws -> DesiredState {
    let keys = Set(state.entries.map(\.key)).union(other.entries.map(\.key)).sorted()
    return try DesiredState(
      keys.compactMap { key in
        guard var entry = chance(50) ? state[key] : other[key] else { return nil }
        if chance(15) { entry.hold = chance(50) ? nil : "é \"x\"" }
        if chance(15) { entry.eol = chance(50) ? nil : try Day("2030-12-31") }
        if chance(15) { entry.digest = digest() }
        return entry
      })
  }

  /// The state in up to three files, a repository in one.
  mutating func files(of state: DesiredState) throws -> [StateText] {
    let paths = ["a.yaml", "b.yaml", "c.yaml"]
    var entries: [String: [DesiredState.Entry]] = [:]
    var homes: [RepositoryName: String] = [:]
    for entry in state.entries {
      let path = homes[entry.key.repository] ?? paths.randomElement(using: &random)!
      homes[entry.key.repository] = path
      entries[path, default: []].append(entry)
    }
    return try paths.compactMap { path in
      try entries[path].map { StateText(path: path, bytes: text(of: try DesiredState($0)).bytes) }
    }
  }
}
