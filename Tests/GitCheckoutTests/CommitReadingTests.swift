import GitCheckout
import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct CommitReadingTests {
  @Test func firstParentsAreTheBranchsOwnSteps() async throws {
    try await withRepository { _, repository in
      let root = try CommitID(await repository.commit(["a": "1"]))
      try await repository.checkOut("topic")
      let side = try CommitID(await repository.commit(["b": "1"]))
      try await repository.checkOut("main")
      let before = try CommitID(await repository.commit(["a": "2"]))
      let merge = try CommitID(await repository.merge("topic"))
      let tip = try CommitID(await repository.commit(["a": "3"]))
      let opened = try await repository.opened()
      for commit in [root, before, merge, tip] {
        #expect(try await opened.isOnFirstParents(commit, of: tip) == .yes)
      }
      #expect(try await opened.isOnFirstParents(side, of: tip) == .no)
      #expect(try await opened.isOnFirstParents(tip, of: merge) == .no)
      #expect(try await opened.isOnFirstParents(side, of: before) == .no)
      guard case .unknown = try await opened.isOnFirstParents(try commit(1), of: tip) else {
        Issue.record("a commit that is missing is unknown")
        return
      }
      let read = try await opened.commit(merge)
      #expect(read.parents == [before, side])
      #expect(read.message == "merge\n")
    }
  }

  /// Random histories of two branches that merge each other: git's whole list of first parents agrees.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func firstParentsAgreeWithRevList(seed: UInt64) async throws {
    try await withRepository { _, repository in
      var random = SeededGenerator(seed: seed)
      try await repository.fastImport(Self.history(of: 40, &random))
      let all = try await repository.git("rev-list", "--all").split(separator: "\n").map { try CommitID($0) }
      let opened = try await repository.opened()
      for tip in ["a", "b"] {
        let chain = try await repository.git("rev-list", "--first-parent", tip).split(separator: "\n").map(
          String.init)
        let tip = try CommitID(await repository.tip(tip))
        for commit in all {
          let expected: Ancestry = chain.contains("\(commit)") ? .yes : .no
          #expect(try await opened.isOnFirstParents(commit, of: tip) == expected, "seed \(seed), \(commit)")
        }
      }
    }
  }

  private static func history(of count: Int, _ random: inout SeededGenerator) -> String {
    var text =
      "commit refs/heads/a\nmark :1\ncommitter C <c@x> 1 +0000\ndata 0\n\nreset refs/heads/b\nfrom :1\n\n"
    var tips = ["a": 1, "b": 1]
    for mark in 2...count {
      let (branch, other) = Bool.random(using: &random) ? ("a", "b") : ("b", "a")
      // Clocks that run backwards, too.
      text += "commit refs/heads/\(branch)\nmark :\(mark)\n"
      text += "committer C <c@x> \(Int.random(in: 1...100, using: &random)) +0000\ndata 0\n"
      text += "from :\(tips[branch]!)\n"
      if Int.random(in: 0..<3, using: &random) == 0, tips[other] != tips[branch] {
        text += "merge :\(tips[other]!)\n"
      }
      text += "\n"
      tips[branch] = mark
    }
    return text
  }

  /// Where the clone ends, what lies beyond is unknown; the parents that a commit names are not.
  @Test func aShallowEndIsUnknown() async throws {
    try await withRepository { directory, repository in
      let first = try CommitID(await repository.commit(["a": "1"]))
      let second = try CommitID(await repository.commit(["a": "2"]))
      let third = try CommitID(await repository.commit(["a": "3"]))
      let opened = try await repository.clone(to: directory("shallow"), "--depth=2").opened()
      #expect(try await opened.isOnFirstParents(second, of: third) == .yes)
      guard case .unknown = try await opened.isOnFirstParents(first, of: third) else {
        Issue.record("what lies beyond is unknown")
        return
      }
      #expect(try await opened.commit(second).parents == [first])
    }
  }

  @Test func aCommitThatIsMissingIsUnreadable() async throws {
    try await withRepository { _, repository in
      try await repository.commit(["a": "1"])
      let opened = try await repository.opened()
      let error = try await gitError { _ = try await opened.commit(try commit(1)) }
      #expect(error?.code == .unreadable)
      #expect(
        error?.description == """
          \(repository.path): commit 000000000000 is missing from the object database: run git fsck there, and \
          fetch what it names
          """)
    }
  }
}
