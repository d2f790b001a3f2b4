import FoundationEssentials
import GitCheckout
import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ResolveTests {
  @Test func localBranchComesBeforeRemoteAndAbsentIsNil() async throws {
    try await withRepository { directory, repository in
      let first = try await repository.commit()
      let clone = try await repository.clone(to: directory("clone"))
      try await repository.commit()
      let second = try await repository.tip()
      try await clone.git("fetch", "-q")
      let opened = try await clone.opened()
      let local = try await opened.resolve("main")
      #expect(local?.commit.description == first)
      #expect(local?.ref == "refs/heads/main")
      let remote = try await opened.resolve("origin/main")
      #expect(remote?.commit.description == second)
      #expect(remote?.ref == "refs/remotes/origin/main")
      #expect(try await opened.resolve("none") == nil)
      #expect(try await opened.resolve("ma") == nil)
    }
  }

  /// A tag with the branch's name would redirect the channel.
  @Test func tagNamedLikeTheBranchIsNotTaken() async throws {
    try await withRepository { _, repository in
      let first = try await repository.commit()
      let second = try await repository.commit()
      try await repository.git("tag", "main", first)
      try await repository.git("tag", "refs/heads/main", first)
      try await repository.git("tag", "production", first)
      try await repository.git("tag", "refs/heads/production", first)
      let opened = try await repository.opened()
      #expect(try await opened.tip("main") == second)
      #expect(try await opened.tip("production") == nil)
    }
  }

  @Test func packedSymbolicAndFolderedBranchesAreFound() async throws {
    try await withRepository { _, repository in
      let tip = try await repository.commit()
      try await repository.git("branch", "release/8.0")
      try await repository.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
      try await repository.git("pack-refs", "--all", "--prune")
      let opened = try await repository.opened()
      for branch in ["main", "release/8.0", "alias"] { #expect(try await opened.tip(branch) == tip) }
      #expect(try await opened.tip("release") == nil)
    }
  }

  @Test func annotatedTagAtABranchIsPeeledAndABlobIsRefused() async throws {
    try await withRepository { _, repository in
      let tip = try await repository.commit(["a": "1"])
      try await repository.git("tag", "-a", "-m", "x", "annotated")
      let (tag, blob) = (try await repository.tip("annotated"), try await repository.tip("main:a"))
      let heads = "\(repository.path)/.git/refs/heads/"
      try Data("\(tag)\n".utf8).write(to: URL(filePath: heads + "tagged"))
      try Data("\(blob)\n".utf8).write(to: URL(filePath: heads + "blob"))
      let opened = try await repository.opened()
      #expect(try await opened.tip("tagged") == tip)
      let error = try await gitError { _ = try await opened.tip("blob") }
      #expect(error?.code == .badRevision)
      #expect(error?.description == "\(repository.path): refs/heads/blob is a blob, not a commit")
    }
  }

  /// A branch that is there is never reported as gone.
  @Test func branchThatCannotBeReadIsUnknown() async throws {
    try await withRepository { _, repository in
      try await repository.commit()
      try await repository.commit()
      let heads = "\(repository.path)/.git/refs/heads/"
      try Data("garbage".utf8).write(to: URL(filePath: heads + "broken"))
      try await repository.removeObject(try await repository.tip())
      let opened = try await repository.opened()
      let broken = try await gitError { _ = try await opened.tip("broken") }
      #expect(broken?.code == .unreadable)
      #expect(
        broken?.description
          == "\(repository.path): refs/heads/broken is there, but can't be read: warning: ignoring broken ref refs/heads/broken: run git fsck there"
      )
      let missing = try await gitError { _ = try await opened.tip("main") }
      #expect(missing?.code == .unreadable)
      #expect(
        missing?.description
          == "\(repository.path): refs/heads/main is there, but can't be read: run git fsck there")
    }
  }

  @Test(arguments: [
    "", "main~1", "main^", "main@{1}", "a..b", "a:b", "a b", "a\nb", "/a", "a/", "a//b", ".a", "a.lock", "a.",
    "-a",
    "@", "a*", "a\\b", "a\u{7f}",
  ])
  func textThatIsNoBranchIsRefused(_ text: String) async throws {
    try await withRepository { _, repository in
      try await repository.commit()
      try await repository.commit()
      let opened = try await repository.opened()
      let error = try await gitError { _ = try await opened.resolve(text) }
      #expect(error?.code == .badRevision)
      #expect(
        error?.description
          == "\(text.quoted) is not a branch's name: write it without refs/heads/, such as main or release/8.0"
      )
    }
  }

  @Test func revisionsOfPeopleAreRead() async throws {
    try await withRepository { _, repository in
      let first = try await repository.commit()
      let second = try await repository.commit()
      try await repository.git("tag", "-a", "-m", "x", "v1", first)
      let opened = try await repository.opened()
      for (text, commit) in [
        ("main", second), ("main~1", first), ("v1", first), (String(first.prefix(10)), first),
        (second, second),
      ] {
        #expect(try await opened.resolveRevision(text).description == commit)
      }
      for text in ["none", "--help", "", String(repeating: "0", count: 40), "main:"] {
        let error = try await gitError { _ = try await opened.resolveRevision(text) }
        #expect(error?.code == .badRevision)
        #expect(error?.problem == "\(repository.path): \(text.quoted) names no commit here")
      }
      try await repository.git("tag", "main", first)
      let error = try await gitError { _ = try await opened.resolveRevision("main") }
      #expect(
        error?.description
          == "\(repository.path): \"main\" may mean more than one commit: write all of the commit's id, or refs/heads/… or refs/tags/…"
      )
    }
  }
}
