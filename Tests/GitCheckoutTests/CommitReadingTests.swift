import GitCheckout
import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CommitReadingTests {
  @Test func parentsAndMessageAreWhole() async throws {
    try await withRepository { _, repository in
      try await repository.commit(["a": "1"])
      try await repository.checkOut("topic")
      let side = try CommitID(await repository.commit(["b": "1"]))
      try await repository.checkOut("main")
      let before = try CommitID(await repository.commit(["a": "2"]))
      let merge = try CommitID(await repository.merge("topic"))
      let read = try await repository.opened().commit(merge)
      #expect(read.parents == [before, side])
      #expect(read.message == "merge\n")
    }
  }

  @Test func aShallowEndHasTheParentsThatItNames() async throws {
    try await withRepository { directory, repository in
      let first = try CommitID(await repository.commit(["a": "1"]))
      let second = try CommitID(await repository.commit(["a": "2"]))
      let opened = try await repository.clone(to: directory("shallow"), "--depth=1").opened()
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
