import Model
import Testing

@testable import StateFile

extension StateText {
  /// The file without the image `key` and without the comments that belong to it, edited in place. A repository that has
  /// neither images nor comments then goes too.
  fileprivate func removing(_ key: ImageKey) throws -> StateText {
    let index = try StateIndex(self)
    return try index.edited(to: index.images.map(\.entry).filter { $0.key != key })
  }
}

@Suite struct EditingTests {
  private let one = "sha256:" + String(repeating: "1", count: 64)
  private let two = "sha256:" + String(repeating: "2", count: 64)

  private func text(_ text: String) -> StateText { StateText(path: "images.yaml", bytes: Array(text.utf8)) }

  private func set(_ source: String, _ repository: String, _ image: String) throws -> String {
    let key = ImageKey(try RepositoryName(repository), try ImageName(image))
    return String(decoding: try text(source).setting([key: Digest(two)]).bytes, as: UTF8.self)
  }

  private func remove(_ source: String, _ repository: String, _ image: String) throws -> String {
    let key = ImageKey(try RepositoryName(repository), try ImageName(image))
    return String(decoding: try text(source).removing(key).bytes, as: UTF8.self)
  }

  private var base: String {
    """
    # é header
    version: 1
    repositories:
      b/b:   # the repository
        # about m
        m:
          digest: \(one)   # tested
          hold: "é"

        # about p
        p: {eol: 2027-04-21, digest: "\(one)"}
        # not yet: q

    # footer

    """
  }

  @Test func onlyTheBytesOfADigestChange() throws {
    #expect(
      try set(base, "b/b", "m") == base.replacing("\(one)   # tested", with: "\(two)   # tested"))
    #expect(try set(base, "b/b", "p") == base.replacing("\"\(one)\"", with: "\"\(two)\""))
    let returns = base.replacing("\n", with: "\r\n")
    #expect(try set(returns, "b/b", "m") == returns.replacing("\(one)   # tested", with: "\(two)   # tested"))
  }

  @Test func aNewImageGoesToItsSortedPlace() throws {
    #expect(
      try set(base, "b/b", "a")
        == base.replacing("    # about m", with: "    a:\n      digest: \(two)\n\n    # about m"))
    #expect(
      try set(base, "b/b", "n")
        == base.replacing("    # about p", with: "    n:\n      digest: \(two)\n\n    # about p"))
    #expect(
      try set(base, "b/b", "z")
        == base.replacing(
          "\"\(one)\"}\n    # not", with: "\"\(one)\"}\n\n    z:\n      digest: \(two)\n\n    # not"))
  }

  @Test func aNewRepositoryGoesToItsSortedPlace() throws {
    #expect(
      try set(base, "a", "x")
        == base.replacing("  b/b:", with: "  a:\n    x:\n      digest: \(two)\n\n  b/b:"))
    #expect(
      try set(base, "c", "x")
        == base.replacing("not yet: q\n", with: "not yet: q\n\n  c:\n    x:\n      digest: \(two)\n"))
  }

  @Test func theFirstImage() throws {
    let block = "\n  c:\n    x:\n      digest: \(two)\n"
    #expect(try set("version: 1\nrepositories: {}\n", "c", "x") == "version: 1\nrepositories:" + block)
    #expect(try set("version: 1\nrepositories:", "c", "x") == "version: 1\nrepositories:" + block)
    #expect(try set("repositories: ~ # c\nversion: 1\n", "c", "x") == "repositories: # c\(block)version: 1\n")
    #expect(
      try set("version: 1\nrepositories:\n  c: {}\n", "c", "x") == "version: 1\nrepositories:" + block)
  }

  @Test func theFilesOwnIndentationAndLineBreaksAreKept() throws {
    let source = "version: 1\r\nrepositories:\r\n c:\r\n    a:\r\n        digest: \(one)"
    #expect(try set(source, "c", "b") == source + "\r\n\r\n    b:\r\n        digest: \(two)\r\n")
  }

  @Test func aRemovedImageTakesItsCommentsAlong() throws {
    #expect(try remove(base, "b/b", "p").contains("about p") == false)
    #expect(
      try remove(base, "b/b", "m")
        == base.replacing(
          "    # about m\n    m:\n      digest: \(one)   # tested\n      hold: \"é\"\n\n", with: ""))
    let only = "version: 1\nrepositories:\n  c:\n    x:\n      digest: \(one)\n"
    #expect(try remove(only, "c", "x") == "version: 1\nrepositories: {}\n")
    #expect(
      try remove(only.replacing("c:", with: "c: # mine"), "c", "x")
        == "version: 1\nrepositories:\n  c: {} # mine\n")
  }

  @Test func whatCannotBeEditedInPlaceNamesFmt() throws {
    let flow = "version: 1\nrepositories: {c: {x: {digest: \(one)}}}\n"
    #expect(try set(flow, "c", "x") == flow.replacing(one, with: two))
    for edit in [{ try set(flow, "c", "y") }, { try remove(flow, "c", "x") }, { try set(flow, "d", "x") }] {
      let error = #expect(throws: StateEditError.self) { _ = try edit() }
      #expect(
        error?.description
          == "images.yaml is not in canonical form and can't be edited in place there: run tagkeeper fmt images.yaml first"
      )
    }
    // An explicit key has its first child on its own line: the edit would break the file, and is taken back.
    let explicit = "version: 1\nrepositories:\n  ? c\n  : x:\n      digest: \(one)\n"
    #expect(throws: StateEditError.self) { try set(explicit, "c", "a") }
    let broken = #expect(throws: StateEditError.self) { try set("version: 2", "a", "b") }
    #expect(
      broken?.description == """
        images.yaml has errors and was not edited: mend them first
        images.yaml:1:10: error: version 2 is not supported
          | version: 2
          |          ^
          fix: this tagkeeper reads version 1: upgrade it
        """)
  }

  /// Set, then parse = the state with that entry changed; every line and comment of the file is still there.
  @Test(arguments: [true, false]) func settingChangesOneEntry(_ allowsFlow: Bool) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var edited = 0
    for index in 0..<300 {
      var generator = RandomStateText(seed: seed &+ UInt64(index), allowsFlow: allowsFlow)
      let state = try generator.state()
      let source = generator.text(of: state)
      let key =
        try generator.chance(50)
        ? state.entries.randomElement(using: &generator.random)?.key ?? generator.key() : generator.key()
      let digest = generator.digest()
      let context = "seed \(seed &+ UInt64(index)) \(key):\n\(String(decoding: source.bytes, as: UTF8.self))"
      var entries = state.entries.filter { $0.key != key }
      entries.append(.init(key: key, digest: digest, hold: state[key]?.hold, eol: state[key]?.eol))
      let result: StateText
      do {
        result = try source.setting([key: digest])
      } catch {
        try #require(allowsFlow, "\(error) \(context)")
        continue
      }
      edited += 1
      let shown = "\(context)\n->\n\(String(decoding: result.bytes, as: UTF8.self))"
      try #require(try StateText.read([result]).state == DesiredState(entries), "\(shown)")
      let text = String(decoding: result.bytes, as: UTF8.self)
      for comment in generator.comments { try #require(text.contains(comment), "\(comment) \(shown)") }
      if state[key] != nil {
        let old = String(decoding: source.bytes, as: UTF8.self)
        try #require(
          text == old.replacing(state[key]!.digest.description, with: digest.description), "\(shown)")
      }
    }
    #expect(edited > 200)
  }

  @Test func removingChangesOneEntry() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<300 {
      var generator = RandomStateText(seed: seed &+ UInt64(index), allowsFlow: false)
      let state = try generator.state()
      guard let key = state.entries.randomElement(using: &generator.random)?.key else { continue }
      let source = generator.text(of: state)
      let context = "seed \(seed &+ UInt64(index)) \(key):\n\(String(decoding: source.bytes, as: UTF8.self))"
      let result = try source.removing(key)
      let shown = "\(context)\n->\n\(String(decoding: result.bytes, as: UTF8.self))"
      try #require(
        try StateText.read([result]).state == DesiredState(state.entries.filter { $0.key != key }), "\(shown)"
      )
    }
  }

  /// In a canonical file a new image and its removal cancel each other, byte for byte.
  @Test func removingUndoesInserting() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<300 {
      var generator = RandomStateText(seed: seed &+ UInt64(index))
      let state = try generator.state()
      let key = try generator.key()
      guard state[key] == nil, !state.entries.isEmpty else { continue }
      let source = StateText(path: "images.yaml", state: state)
      let set = try source.setting([key: generator.digest()])
      #expect(try set.formatted() == set, "seed \(seed &+ UInt64(index)) \(key)")
      #expect(try set.removing(key) == source, "seed \(seed &+ UInt64(index)) \(key)")
    }
  }
}
