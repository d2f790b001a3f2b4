import Model
import StateFile
import Testing

@Suite struct FormatTests {
  private func format(_ text: String) throws -> String {
    let formatted = try StateText(path: "images.yaml", bytes: Array(text.utf8)).formatted()
    return String(decoding: formatted.bytes, as: UTF8.self)
  }

  private let one = "sha256:" + String(repeating: "1", count: 64)
  private let two = "sha256:" + String(repeating: "2", count: 64)

  @Test func theFormOfTheDesignIsKept() throws {
    let text = """
      version: 1
      repositories:
        dotnet-buildtools/prereqs:
          alpine-3.20-amd64:
            digest: \(one)

          ubuntu-22.04-helix-amd64:
            digest: \(two)
            hold: "clang 18 breaks the runtime build"   # a rollout leaves this image as production has it
            eol: 2027-04-21                             # the day from which it is due for removal

      """
    #expect(try format(text) == text)
  }

  @Test func everythingGetsItsPlaceAndKeepsItsComments() throws {
    let text = """
      \u{FEFF}# License

      # Header
      repositories: # all of them
         z/last: {"x": {eol: 2027-04-21, digest: \(one)}} # flow
         # about a
         a/first:

             # about no
             no:
                 # why
                 hold: 'it''s'   # reason
                 digest: "\(two)"
                 # below no
             # commented-out: image
      # about the version
      version: 0x1 # one
      # footer
      """.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    #expect(
      try format(text)
        == """
        # License

        # Header
        # about the version
        version: 1 # one
        repositories: # all of them
          # about a
          a/first:
            # about no
            no:
              digest: \(two)
              # why
              hold: "it's"   # reason
              # below no

            # commented-out: image

          z/last:
            x:
              digest: \(one) # flow
              eol: 2027-04-21

        # footer

        """)
  }

  @Test func commentsInAndAfterABlockScalar() throws {
    let text = """
      version: 1
      repositories:
        a:
          x:
            digest: \(one)
            hold: |-  # why
              # text, no comment
              two
            # below
      """
    #expect(
      try format(text) == """
        version: 1
        repositories:
          a:
            x:
              digest: \(one)
              hold: "# text, no comment\\ntwo"  # why
              # below

        """)
  }

  @Test func commentsBelowEachOtherKeepTheirOrder() throws {
    #expect(
      try format(
        """
        version: 1
        repositories:
          a:
            x:
              digest: \(one)
            # omega:
              # digest: none yet
        """) == """
          version: 1
          repositories:
            a:
              x:
                digest: \(one)

              # omega:
              # digest: none yet

          """)
  }

  @Test func statesWithoutImages() throws {
    #expect(try format("version: 1\nrepositories:\n") == "version: 1\nrepositories: {}\n")
    #expect(
      try format("version: 1\nrepositories:\n  a: # none\n    # yet\n")
        == "version: 1\nrepositories:\n  a: {} # none\n\n    # yet\n")
  }

  @Test func aFileWithErrorsIsNotFormatted() throws {
    let error = #expect(throws: InvalidStateText.self) {
      try format("version: 1\nrepositories:\n  a:\n    x: {}\n")
    }
    #expect(
      error?.description == """
        images.yaml:4:5: error: the image has no "digest"
          |     x: {}
          |     ^
          fix: write digest: sha256:… below it
        """)
    #expect(throws: InvalidStateText.self) { try format("version: 1\nrepositories: {a: {}, a: {}}\n") }
  }

  /// parse(format(s)) = parse(s), format(format(s)) = format(s), no comment is lost or doubled.
  @Test func laws() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<400 {
      var generator = RandomStateText(seed: seed &+ UInt64(index))
      let state = try generator.state()
      let text = generator.text(of: state)
      let context = "seed \(seed &+ UInt64(index)):\n\(String(decoding: text.bytes, as: UTF8.self))"
      let reading = StateText.read([text])
      try #require(reading.state == state, "\(context) \(reading.diagnostics)")
      let formatted = try text.formatted()
      let shown = "\(context)\n->\n\(String(decoding: formatted.bytes, as: UTF8.self))"
      let again = StateText.read([formatted])
      try #require(again.state == state, "\(shown)")
      try #require(again.diagnostics.isEmpty, "\(shown)")
      try #require(try formatted.formatted() == formatted, "\(shown)")
      let result = String(decoding: formatted.bytes, as: UTF8.self)
      for comment in generator.comments {
        try #require(
          result.split(separator: comment, omittingEmptySubsequences: false).count == 2, "\(comment) \(shown)"
        )
      }
      if generator.comments.isEmpty, !state.entries.isEmpty {
        #expect(StateText(path: "images.yaml", state: state) == formatted)
      }
    }
  }

  @Test func theWriterWritesTheCanonicalForm() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    for index in 0..<100 {
      var generator = RandomStateText(seed: seed &+ UInt64(index))
      let state = try generator.state()
      let text = StateText(path: "images.yaml", state: state)
      #expect(StateText.read([text]).state == state, "seed \(seed &+ UInt64(index))")
      #expect(try text.formatted() == text, "seed \(seed &+ UInt64(index))")
    }
  }
}
