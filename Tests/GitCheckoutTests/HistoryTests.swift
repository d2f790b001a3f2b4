import FoundationEssentials
import GitCheckout
import LinuxSystem
import Model
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct HistoryTests {
  @Test func rootMergeChangeAndRemovalAreToldNewestFirst() async throws {
    try await withRepository { _, repository in
      let root = try await repository.commit(
        ["s/a.yaml": "1", "other": "1"], message: "root\n\nbody\n\nKey: v\n")
      try await repository.checkOut("side")
      let side = try await repository.commit(["s/a.yaml": "2", "s/b.yaml": "1"], message: "side")
      try await repository.checkOut("main")
      let noise = try await repository.commit(["other": "2"], message: "noise")
      let merge = try await repository.merge("side", message: "merge")
      let removal = try await repository.commit(["s/a.yaml": nil], message: "")
      let opened = try await repository.opened()
      let (commits, end) = try await opened.history(HistoryQuery(tips: [CommitID(removal)], paths: ["s"]))
      #expect(end == .complete)
      #expect(commits.map(\.id.description) == [removal, merge, root])
      #expect(commits[1].parents.map(\.description) == [noise, side])
      #expect(commits[2].parents == [])
      #expect(commits.map(\.message) == ["", "merge\n", "root\n\nbody\n\nKey: v\n"])
      #expect(commits[2].authorName == "Ada")
      #expect(commits[2].time.description == "2026-01-01T00:01:00.000Z")
      let (one, two) = (
        try await repository.tip("\(root):s/a.yaml"), try await repository.tip("\(side):s/a.yaml")
      )
      #expect(one == (try await repository.tip("\(side):s/b.yaml")))
      #expect(commits[0].changes.map(\.path) == ["s/a.yaml"])
      #expect(commits[0].changes[0].blob == nil)
      #expect(commits[1].changes.map(\.path) == ["s/a.yaml", "s/b.yaml"])
      #expect(commits[1].changes.map(\.blob?.description) == [two, one])
      #expect(commits[2].changes.map(\.blob?.description) == [one])
    }
  }

  @Test func walkWithoutPathsSeesCommitsThatChangeNothing() async throws {
    try await withRepository { _, repository in
      let first = try await repository.commit(["a": "1"], message: "first")
      let second = try await repository.commit(message: "second")
      let third = try await repository.commit(message: "third")
      let opened = try await repository.opened()
      let (all, _) = try await opened.history(HistoryQuery(tips: [CommitID(third)]))
      #expect(all.map(\.id.description) == [third, second, first])
      #expect(all.flatMap(\.changes) == [])
      let (newer, _) = try await opened.history(
        HistoryQuery(tips: [CommitID(third)], excluding: [CommitID(first)]))
      #expect(newer.map(\.id.description) == [third, second])
      let (none, end) = try await opened.history(HistoryQuery(tips: []))
      #expect(none == [])
      #expect(end == .complete)
    }
  }

  /// Hosts add lines after trailers, and squash merges indent or quote them: only a whole line counts.
  @Test func approvalsAreWholeLinesAnywhere() async throws {
    try await withRepository { _, repository in
      let start = try await repository.commit(message: "start")
      let approval = try await repository.commit(
        message: "ok\n\nTagkeeper-Allow: prune\n\nCo-authored-by: x <y>\nmore")
      try await repository.commit(message: "no\n\n  Tagkeeper-Allow: prune\n> Tagkeeper-Allow: prune")
      try await repository.commit(message: "no\n\nTagkeeper-Allow: prune everything")
      try await repository.checkOut("side")
      let side = try await repository.commit(["gone": "1"], message: "side\n\nTagkeeper-Allow: prune\r\nx")
      try await repository.checkOut("main")
      let merge = try await repository.merge("side")
      let opened = try await repository.opened()
      let line = TrailerLine("Tagkeeper-Allow", "prune")
      let (own, _) = try await opened.history(
        HistoryQuery(tips: [CommitID(merge)], excluding: [CommitID(start)], line: line))
      #expect(own.map(\.id.description) == [approval])
      let parents = try await opened.history(HistoryQuery(tips: [CommitID(merge)])).commits[0].parents
      let (merged, _) = try await opened.history(
        HistoryQuery(
          tips: [parents[1]], excluding: [parents[0]], paths: ["gone"], line: line, firstParentOnly: false))
      #expect(merged.map(\.id.description) == [side])
      #expect(merged[0].changes.map(\.path) == ["gone"])
    }
  }

  /// What a person's configuration makes of `git log` for their eyes changes nothing.
  @Test func configurationOfLogIsSetAside() async throws {
    try await withRepository { _, repository in
      let first = try await repository.commit(["a": "1\n2\n3\n4"], message: "first")
      try await repository.git("mv", "a", "b")
      let second = try await repository.commit(message: "Ünïcode")
      for (key, value) in [
        ("log.follow", "true"), ("log.showSignature", "true"), ("color.ui", "always"),
        ("diff.renames", "copies"),
        ("core.abbrev", "7"), ("i18n.logOutputEncoding", "ISO-8859-1"), ("log.decorate", "full"),
        ("log.diffMerges", "combined"), ("format.pretty", "oneline"), ("diff.external", "false"),
      ] {
        try await repository.git("config", key, value)
      }
      let opened = try await repository.opened()
      let (commits, end) = try await opened.history(HistoryQuery(tips: [CommitID(second)], paths: ["b"]))
      #expect(end == .complete)
      #expect(commits.map(\.message) == ["Ünïcode\n"])
      #expect(try await opened.history(HistoryQuery(tips: [CommitID(second)])).commits.count == 2)
      #expect(try await opened.history(HistoryQuery(tips: [CommitID(first)], paths: ["?"])).commits == [])
    }
  }

  @Test func linkInAFilesPlaceHasNoBlob() async throws {
    try await withRepository { _, repository in
      let first = try await repository.commit(["a": "1"])
      try FileManager.default.removeItem(atPath: "\(repository.path)/a")
      try FileManager.default.createSymbolicLink(atPath: "\(repository.path)/a", withDestinationPath: "b")
      let second = try await repository.commit()
      let commits = try await repository.opened().history(
        HistoryQuery(tips: [CommitID(second)], excluding: [CommitID(first)], paths: ["a"])
      ).commits
      #expect(commits.map { $0.changes.map(\.blob) } == [[nil]])
    }
  }

  /// Git commits with any number of seconds, and takes a header without a date for 1970.
  @Test func oddDatesAreClampedAndEndNothing() async throws {
    try await withRepository { directory, repository in
      for seconds in ["10000000000000000", "9223372036854775808"] {
        try await repository.git(
          "commit", "-q", "--allow-empty", "-m", "late",
          extra: ["GIT_COMMITTER_DATE": "@\(seconds) +0000"])
      }
      let text = try await repository.git("cat-file", "commit", "HEAD")
      try directory.write(text.replacing("9223372036854775808 +0000", with: "") + "\n", to: "commit")
      let dateless = try await repository.git(
        "hash-object", "-t", "commit", "-w", "--literally", directory("commit"))
      try await repository.git("update-ref", "refs/heads/main", dateless)
      let last = try await repository.commit(message: "last")
      let (commits, end) = try await repository.opened().history(HistoryQuery(tips: [CommitID(last)]))
      #expect(end == .complete)
      #expect(commits.map(\.message) == ["last\n", "late\n", "late\n"])
      #expect(
        commits.dropFirst().map(\.time.description) == [
          "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.000Z",
        ])
    }
  }

  /// 5,000 commits are seen one at a time.
  @Test func longHistoryIsStreamed() async throws {
    try await withRepository { _, repository in
      let count = 5000
      let stream = (1...count).map { number in
        let message = "change \(number)\n"
        return "commit refs/heads/main\ncommitter C <c@x> \(1_767_225_600 + number) +0000\n"
          + "data \(message.utf8.count)\n\(message)M 644 inline s.yaml\ndata \(number.description.utf8.count)\n\(number)\n"
      }
      try await repository.fastImport(stream.joined())
      let opened = try await repository.opened()
      let tip = try #require(try await opened.resolve("main")).commit
      let counter = Counter()
      let end = try await opened.walk(HistoryQuery(tips: [tip], paths: ["s.yaml"])) { commit in
        #expect(commit.message == "change \(count - counter.next())\n")
      }
      #expect(end == .complete)
      #expect(counter.next() == count)
    }
  }

  @Test func errorOfTheVisitorEndsTheWalk() async throws {
    struct Enough: Error {}
    try await withRepository { _, repository in
      try await repository.commit()
      let tip = try await repository.commit()
      let opened = try await repository.opened()
      let counter = Counter()
      await #expect(throws: Enough.self) {
        _ = try await opened.walk(HistoryQuery(tips: [CommitID(tip)])) { _ in
          _ = counter.next()
          throw Enough()
        }
      }
      #expect(counter.next() == 1)
    }
  }

  @Test func shallowHistoryIsIncompleteWhereItsEndIsReached() async throws {
    try await withRepository { directory, repository in
      let first = try await repository.commit(["a": "1"])
      let second = try await repository.commit(["a": "2"])
      let third = try await repository.commit(["a": "3"])
      let clone = try await repository.clone(to: directory("clone"), "--depth", "2")
      let opened = try await clone.opened()
      let reason =
        "\(clone.path): the clone is shallow, its history ends early: run git fetch --unshallow there"
      #expect(await opened.isShallow)
      #expect(
        try await opened.history(HistoryQuery(tips: [CommitID(third)])).completeness == .incomplete(reason))
      let newer = try HistoryQuery(tips: [CommitID(third)], excluding: [CommitID(second)])
      #expect(try await opened.history(newer).completeness == .complete)
      #expect(try await opened.isAncestor(CommitID(first), of: CommitID(third)) == .unknown(reason))
      #expect(try await opened.isAncestor(CommitID(third), of: CommitID(second)) == .unknown(reason))
      #expect(try await opened.isAncestor(CommitID(second), of: CommitID(third)) == .yes)
      try await clone.git("fetch", "-q", "--unshallow")
      #expect(try await opened.history(HistoryQuery(tips: [CommitID(third)])).completeness == .complete)
      #expect(try await opened.isAncestor(CommitID(third), of: CommitID(second)) == .no)
    }
  }

  /// The commit at which the clone ends neither has the file nor the line: it is not in the answer.
  @Test func endOfAShallowHistoryIsSeenThroughLimits() async throws {
    try await withRepository { directory, repository in
      try await repository.commit(["s": "0"])
      try await repository.commit(["s": nil, "other": "1"])
      let tip = try await repository.commit(["s": "1"], message: "x\n\nKey: v")
      let opened = try await repository.clone(to: directory("clone"), "--depth", "2").opened()
      for query in [
        HistoryQuery(tips: [try CommitID(tip)], paths: ["s"]),
        HistoryQuery(tips: [try CommitID(tip)], line: TrailerLine("Key", "v")),
      ] {
        let (commits, end) = try await opened.history(query)
        #expect(commits.map(\.id.description) == [tip])
        #expect(end != .complete)
      }
    }
  }

  /// Nothing is fetched behind the operator's back, and what is missing is said to be.
  @Test func partialCloneIsIncompleteAndFetchesNothing() async throws {
    try await withRepository { directory, repository in
      try await repository.commit(["s/a": "1"])
      let tip = try await repository.commit(["s/a": "2"])
      let clone = try await repository.clone(to: directory("clone"), "--bare", "--filter=tree:0")
      let before = try await clone.git("count-objects", "-v")
      let opened = try await clone.opened()
      #expect(await opened.isPartial)
      let end = try await opened.history(HistoryQuery(tips: [CommitID(tip)], paths: ["s"])).completeness
      guard case .incomplete(let reason) = end else {
        Issue.record("complete without trees")
        return
      }
      #expect(reason.hasPrefix("\(clone.path): git log ended early, exit status 128: "))
      let error = try await gitError { _ = try await opened.text("s/a", tip) }
      #expect(error?.code == .unreadable)
      #expect(error?.remedy == "clone without --filter")
      #expect(try await clone.git("count-objects", "-v") == before)
    }
  }

  @Test func missingCommitIsUnknownNeverNo() async throws {
    try await withRepository { _, repository in
      let first = try await repository.commit()
      let second = try await repository.commit()
      let third = try await repository.commit()
      try await repository.git("branch", "other", first)
      let opened = try await repository.opened()
      #expect(try await opened.isAncestor(CommitID(first), of: CommitID(third)) == .yes)
      #expect(try await opened.isAncestor(CommitID(third), of: CommitID(third)) == .yes)
      #expect(try await opened.isAncestor(CommitID(third), of: CommitID(first)) == .no)
      try await repository.removeObject(second)
      let answer = try await opened.isAncestor(CommitID(first), of: CommitID(third))
      #expect(
        answer
          == .unknown(
            "\(repository.path): git can't tell whether \(third.prefix(12)) follows \(first.prefix(12)): error: Could not read \(second)"
          ))
      let never = try CommitID(String(repeating: "1", count: 40))
      guard case .unknown = try await opened.isAncestor(never, of: CommitID(third)) else {
        Issue.record("a commit that is not there has no known place")
        return
      }
      let end = try await opened.history(HistoryQuery(tips: [CommitID(third)])).completeness
      guard case .incomplete(let reason) = end else {
        Issue.record("complete without a commit")
        return
      }
      #expect(reason.contains("Could not read \(second)"))
    }
  }

  /// A revert is a commit like any other: its content is the earlier blob.
  @Test func revertHasTheEarlierBlob() async throws {
    try await withRepository { _, repository in
      try await repository.commit(["a": "1"])
      let change = try await repository.commit(["a": "2"])
      let revert = try await repository.revert(change)
      let commits = try await repository.opened().history(
        HistoryQuery(tips: [CommitID(revert)], paths: ["a"])
      ).commits
      #expect(commits.count == 3)
      #expect(commits[0].changes == commits[2].changes)
      #expect(commits[0].changes != commits[1].changes)
    }
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  /// How often it was called before.
  func next() -> Int {
    count.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}
