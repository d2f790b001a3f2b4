import FoundationEssentials
import TestSupport
import Testing

/// `cut` and `rollback`, by what they print and write.
struct RolloutCommandTests {
  @Test func aCutAndItsCommit() async throws {
    try await withRolloutRepository(["a": 1, "b": 1, "c": 1]) { repository in
      try await repository.declare(["a": 2, "b": nil, "d": 2])
      let (main, production) = (
        try await repository.git.tip("main"), try await repository.git.tip("production")
      )
      let output = try await repository.tagkeeper("cut", "--branch", "week")
      let cut = try await repository.git.tip("week")
      #expect(
        output == """
          main \(main.prefix(12)) onto production \(production.prefix(12))
          ~ team/images/a  sha256:010000000000 → sha256:020000000000
          - team/images/b  sha256:010000000000
          + team/images/d  sha256:020000000000
          Cut: 1 added, 1 moved, 1 removed, 0 kept, 1 the same.
          branch week at \(cut.prefix(12))

          Next:
            tagkeeper plan --channel latest --rev week

          """)
      // Where there is a remote of that name.
      try await repository.git.git("remote", "add", "origin", repository.git.path)
      let again = try await repository.tagkeeper("cut", "--branch", "week", "--update")
      #expect(
        again.hasSuffix(
          """
            tagkeeper plan --channel latest --rev week
            git push origin week   # and open a pull request onto production

          """))
      #expect(
        try await repository.git.git("log", "-1", "--format=%P%n%B", "week") == """
          \(production)
          Roll out main to production: 1 added, 1 moved, 1 removed, 0 kept, 1 the same

          ~ team/images/a  sha256:010000000000 → sha256:020000000000
          - team/images/b  sha256:010000000000
          + team/images/d  sha256:020000000000

          Rollout-From: \(main)
          Rollout-Onto: \(production)
          Rollout-Channel: latest

          """)
      #expect(
        try await repository.git.git("diff", "--name-only", "production", "week") == repository.statePath)
      try await repository.land("week")
      #expect(
        try await repository.tagkeeper("cut").hasSuffix(
          "Nothing to roll out: 0 added, 0 moved, 0 removed, 0 kept, 3 the same.\n"))
    }
  }

  /// A keep tag is made before the image's own tag moves, which may be never: it is no time in use.
  @Test func whatOnlyAKeepTagHadHasNotSoaked() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let commit = try await repository.declare(["a": 2])
      func line(_ year: Int, _ tag: String, _ action: String, _ cause: String) -> String {
        """
        {"time":"\(year)-01-02T00:00:00Z","event":"change","channel":"staging","commit":"\(commit)",\
        "repository":"team/images","image":"a","tag":"\(tag)","action":"\(action)","from":null,"to":"\(digest(2))",\
        "cause":"\(cause)","copiedFrom":null,"reason":null,"outcome":"applied"}

        """
      }
      let kept = line(2026, "a-2026-01-01", "create", "keep")
      func cut(_ journal: String) async throws -> String {
        try repository.folder.write(journal, to: "state/journal.jsonl")
        return try await repository.tagkeeper(
          "cut", "--soak", "1d", "--branch", "week", "--update", "--state-dir", repository.folder("state"))
      }
      let soaking = try await cut(kept + line(9999, "a-staging", "move", "commit"))
      #expect(soaking.contains("has sha256:020000000000: on main for less than 1d\n"), "\(soaking)")
      let soaked = try await cut(kept + line(2026, "a-staging", "move", "commit"))
      #expect(soaked.contains("~ team/images/a  "), "\(soaked)")
    }
  }

  /// Its digests are older than the main that it names: a merge must not make that a hotfix.
  @Test func aSoakedCutThatLandedByAMergeIsARollout() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2])
      let newest = try await repository.declare(["a": 3])
      try repository.folder.write(
        """
        {"time":"9999-01-02T00:00:00Z","event":"change","channel":"staging","commit":"\(newest)",\
        "repository":"team/images","image":"a","tag":"a-staging","action":"move","from":null,"to":"\(digest(3))",\
        "cause":"commit","copiedFrom":null,"reason":null,"outcome":"applied"}

        """, to: "state/journal.jsonl")
      try await repository.tagkeeper(
        "cut", "--soak", "1d", "--branch", "week", "--state-dir", repository.folder("state"))
      #expect(try await repository.images("week") == ["a": 2])
      try await repository.land("week", squashed: false)
      let next = try await repository.tagkeeper("cut", "--branch", "next")
      #expect(next.contains("~ team/images/a  sha256:020000000000 → sha256:030000000000\n"), "\(next)")
    }
  }

  /// The journal was there when the digest was declared: without a word of its tag it was blocked.
  @Test func whatNeverCameOntoTheTagHasNotSoaked() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let first = try await repository.git.tip("main")
      let commit = try await repository.declare(["a": 2])
      func line(_ text: String) -> String { #"{"time":"2026-01-02T00:00:00Z","# + text + "}\n" }
      func applying(_ commit: String) -> String {
        line(#""event":"applying","channel":"staging","commit":"\#(commit)","images":1"#)
      }
      func pass(_ isConverged: Bool) -> String {
        let summary = #"{"create":0,"move":0,"delete":0,"blocked":0,"held":0,"failed":0,"inSync":1}"#
        return line(
          #""event":"pass","channel":"staging","commit":"\#(commit)","summary":\#(summary),"milliseconds":1,"converged":\#(isConverged)"#
        )
      }
      for (journal, hasSoaked) in [
        (applying(first) + applying(commit) + pass(false), false),
        (applying(first) + applying(commit) + pass(true), true), (applying(commit), true), ("", true),
      ] {
        try repository.folder.write(journal, to: "state/journal.jsonl")
        let cut = try await repository.tagkeeper(
          "cut", "--soak", "1d", "--branch", "week", "--update", "--state-dir", repository.folder("state"))
        #expect(cut.contains("~ team/images/a  ") == hasSoaked, "\(journal)\(cut)")
        #expect(cut.contains("on main for less than 1d") != hasSoaked)
      }
    }
  }

  @Test func aBranchThatExistsIsReplacedOnlyOnRequest() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      try await repository.declare(["a": 3])
      let refused = try await repository.run(["cut", "--branch", "week"])
      #expect(
        refused.errors
          == "tagkeeper: there is a branch week already: --update replaces it, --branch NAME makes another\n")
      #expect(refused.status == 1)
      #expect(try await repository.images("week") == ["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week", "--update")
      #expect(try await repository.images("week") == ["a": 3])
      for branch in ["main", "production"] {
        let refused = try await repository.run(["cut", "--branch", branch, "--update"])
        #expect(refused.status == 64 && refused.errors.contains("is a channel's own branch"))
      }
      try await repository.git.git("branch", "feature", "main")
      for update in [[], ["--update"]] {
        let other = try await repository.run(["cut", "--branch", "feature"] + update)
        #expect(other.status == 1 && other.errors.contains("is no cut: --update replaces nothing else"))
      }
    }
  }

  /// A rollout of what the daemon would hold helps nobody.
  @Test func anImageWhoseKeepTagIsTooLongIsNotCut() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let configuration = try repository.folder.read("tagkeeper.yaml").replacing(
        "\"{image}-latest\"", with: "\"{image}-latest\", keep: \"{image}-{date}-{commit}\"")
      try repository.folder.write(configuration, to: "tagkeeper.yaml")
      let name = String(repeating: "n", count: 116)
      let tip = try await repository.declare([name: 2])
      let refused = try await repository.run(["cut", "--branch", "week"])
      #expect(refused.errors.hasPrefix("tagkeeper: the state at \(tip.prefix(12)) has errors:\n"))
      #expect(refused.errors.contains("keep"))
      #expect(refused.status == 1 && refused.output == "")
      #expect(try await repository.git.git("branch", "--list", "week") == "")
    }
  }

  @Test func asJSONAndMarkdown() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2])
      let (main, production) = (
        try await repository.git.tip("main"), try await repository.git.tip("production")
      )
      let json = try await repository.tagkeeper("cut", "--branch", "week", "--output", "json")
      let cut = try await repository.git.tip("week")
      #expect(
        json == """
          {"format":1,"from":"\(main)","onto":"\(production)","branch":"week","commit":"\(cut)","images":[\
          {"repository":"team/images","image":"a","action":"move","from":"\(digest(1))","to":"\(digest(2))",\
          "reason":null}],"keptFiles":[]}

          """)
      #expect(
        try await repository.tagkeeper("cut", "--branch", "other", "--output", "markdown") == """
          ### Rollout of `main` \(main.prefix(12)) onto `production` \(production.prefix(12))

          | | image | production | main | |
          |---|---|---|---|---|
          | move | `team/images/a` | `sha256:010000000000` | `sha256:020000000000` |  |

          0 added, 1 moved, 0 removed, 0 kept, 0 the same.

          """)
    }
  }

  @Test func otherFilesComeAlongOnRequest() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.git.checkOut("main")
      try await repository.git.commit(["build/Dockerfile": "FROM 2\n", "notes": "main\n"], message: "files")
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week", "--with-files")
      #expect(try await repository.git.git("show", "week:build/Dockerfile") == "FROM 2")
      #expect(try await repository.images("week") == ["a": 2])
      // A squash keeps the message: the next is merged from the main that this one had.
      try await repository.git.checkOut("production")
      try await repository.git.git("merge", "-q", "--squash", "week")
      try await repository.git.git("commit", "-q", "-C", "week")
      try await repository.git.checkOut("main")
      try await repository.git.commit(["build/Dockerfile": "FROM 3\n"], message: "files")
      try await repository.declare(["a": 3])
      try await repository.tagkeeper("cut", "--branch", "second", "--with-files")
      #expect(try await repository.git.git("show", "second:build/Dockerfile") == "FROM 3")

      try await repository.git.checkOut("production")
      try await repository.git.commit(["notes": "production\n"], message: "ours")
      try await repository.git.checkOut("main")
      try await repository.git.commit(["notes": "other\n"], message: "theirs")
      let refused = try await repository.run(["cut", "--branch", "next", "--with-files"])
      #expect(refused.status == 1)
      #expect(refused.errors.hasPrefix("tagkeeper: main and production both changed notes since "))
      #expect(try await repository.git.git("branch", "--list", "next") == "")
    }
  }

  @Test func aRollbackOfImages() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["a": 2, "b": 2, "c": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      try await repository.land("week")
      let first = try await repository.git.git("rev-list", "--max-parents=0", "production")
      let output = try await repository.tagkeeper("rollback", "a", "c", "--branch", "back", "-m", "it broke")
      let back = try await repository.git.tip("back")
      #expect(
        output == """
          ~ team/images/a  sha256:020000000000 → sha256:010000000000  (as of \(first.prefix(12)) (Ada, 2026-01-01): first)
          - team/images/c  sha256:020000000000
          Rollback on production: 1 moved, 1 removed.
          branch back at \(back.prefix(12))

          Next:
            tagkeeper plan --channel latest --rev back

          """)
      #expect(try await repository.images("back") == ["a": 1, "b": 2])
      #expect(
        try await repository.git.git("log", "-1", "--format=%B", "back") == """
          Roll back 2 images: it broke

          ~ team/images/a  sha256:020000000000 → sha256:010000000000  (as of \(first.prefix(12)) (Ada, 2026-01-01): first)
          - team/images/c  sha256:020000000000

          Tagkeeper-Allow: prune

          """)
    }
  }

  @Test func aRollbackToADigestOrACommit() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2], on: "production")
      let then = try await repository.declare(["a": 3], on: "production")
      try await repository.declare(["a": 4], on: "production")
      try await repository.tagkeeper("rollback", "a", "--to", then, "--branch", "one", "-m", "why")
      #expect(try await repository.images("one") == ["a": 3])
      try await repository.tagkeeper("rollback", "a", "--to", "\(digest(7))", "--branch", "two", "-m", "why")
      #expect(try await repository.images("two") == ["a": 7])
      // Nothing is removed: what others removed is not for this commit to allow.
      #expect(try await !repository.git.git("log", "-1", "--format=%B", "two").contains("Tagkeeper-Allow"))
      let there = try await repository.run(["rollback", "a", "--to", "\(digest(4))", "-m", "why"])
      #expect(
        there.errors == "tagkeeper: team/images/a is there already on production\n" && there.status == 1)
    }
  }

  @Test func aRollbackOfARolloutKeepsWhatChangedSince() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["a": 2, "b": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      try await repository.land("week", squashed: true)
      let fix = try await repository.declare(["b": 9], on: "production", message: "Hotfix b")
      let output = try await repository.tagkeeper("rollback", "--rollout", "--branch", "back", "-m", "stuck")
      #expect(
        output.contains("! team/images/b  kept: changed since by \(fix.prefix(12)) (Ada, "), "\(output)")
      #expect(output.contains("Rollback on production: 1 moved, 0 removed, 1 kept.\n"))
      #expect(try await repository.images("back") == ["a": 1, "b": 9])
    }
  }

  @Test func aRollbackOfARolloutThatProductionMergedFromMainItself() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      for number in [2, 1] as [UInt8] {
        try await repository.declare(["a": number])
        try await repository.land("main")
      }
      // Production had that digest before: only the merge's parents say that it is no rollback.
      try await repository.tagkeeper("rollback", "--rollout", "-m", "stuck", "--branch", "back")
      #expect(try await repository.images("back") == ["a": 2])
    }
  }

  @Test func aRollbackOfARolloutWhereMainMergedItsOwnPastAndProductionBack() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      let git = repository.git
      try await repository.declare(["a": 2])
      try await repository.land("main")
      // A commit of somebody's own, merged the other way round by git pull: what landed is no longer on main's chain.
      try await git.git("checkout", "-q", "-b", "own", "main~1")
      try await git.commit(["notes": "x"])
      try await git.merge("main")
      try await git.git("branch", "-f", "main", "own")
      try await repository.tagkeeper("rollback", "--rollout", "-m", "stuck", "--branch", "back")
      #expect(try await repository.images("back") == ["a": 1, "b": 1])
      // What main has from production is no rollout there.
      try await git.checkOut("production")
      try await repository.declare(["b": 9], on: "fix")
      try await repository.land("fix")
      try await git.checkOut("main")
      try await git.merge("production")
      try await repository.tagkeeper("rollback", "--rollout", "-m", "stuck", "--branch", "again")
      #expect(try await repository.images("again") == ["a": 1, "b": 9])
    }
  }

  @Test func theRolloutToTakeBackIsNotGuessed() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["b": 2])
      try await repository.tagkeeper("cut", "--branch", "first")
      try await repository.land("first")
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "second")
      let landing = try await repository.land("second")
      try await repository.tagkeeper("rollback", "--rollout", "-m", "stuck", "--branch", "back")
      try await repository.land("back")
      let again = try await repository.run(["rollback", "--rollout", "-m", "stuck"])
      #expect(
        again.errors.hasPrefix("tagkeeper: the last rollout, \(landing.prefix(12)) (")
          && again.errors.hasSuffix(" does not stand any more: name an older one with --to REV\n"),
        "\(again.errors)")
      #expect(again.status == 1)
      let main = try await repository.git.tip("main")
      let other = try await repository.run(["rollback", "--rollout", "--to", "main", "-m", "stuck"])
      #expect(
        other.errors
          == "tagkeeper: \(main.prefix(12)) did not land on production: name the commit that did, such as the merge\n"
      )
      #expect(other.status == 1)
    }
  }

  @Test func nothingIsCommittedOnARemotesBranch() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2], on: "production")
      try await repository.git.git("update-ref", "refs/remotes/origin/production", "production")
      let configuration = try repository.folder.read("tagkeeper.yaml").replacing(
        "branch: production", with: "branch: origin/production")
      try repository.folder.write(configuration, to: "tagkeeper.yaml")
      let refused = try await repository.run(["rollback", "a", "--commit", "-m", "why"])
      #expect(
        refused.errors == """
          tagkeeper: origin/production is a remote's branch, which only a fetch moves: leave out --commit, and push the \
          branch that is made

          """)
      #expect(refused.status == 1)
    }
  }

  @Test func aRollbackOnTheBranchItself() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2], on: "production")
      let refused = try await repository.run(["rollback", "a", "--commit", "-m", "why"])
      #expect(
        refused.errors
          == "tagkeeper: \(repository.git.path): production is checked out, or being rebased or bisected, in "
          + "\(repository.git.path): commit there, or switch it to another branch first\n")
      #expect(refused.status == 1)
      try await repository.git.checkOut("main")
      let output = try await repository.tagkeeper("rollback", "a", "--commit", "-m", "why")
      #expect(try await repository.images("production") == ["a": 1])
      #expect(
        output.contains("branch production at \(try await repository.git.tip("production").prefix(12))\n"),
        "\(output)")
    }
  }

  @Test func setCommitsOnABranchWithoutACheckout() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.git.git("checkout", "-q", "-b", "feature")
      let before = try await repository.git.tip("main")
      let output = try await repository.tagkeeper(
        "set", "--commit", "main", "-m", "Build 7", "a", "\(digest(7))", "c", "\(digest(7))")
      #expect(
        output == """
          desired-state/images.yaml: team/images/a moved from sha256:010000000000 to sha256:070000000000
          desired-state/images.yaml: team/images/c added with sha256:070000000000
          branch main at \(try await repository.git.tip("main").prefix(12))

          """)
      #expect(try await repository.images("main") == ["a": 7, "b": 1, "c": 7])
      #expect(try await repository.git.git("log", "-1", "--format=%P %s", "main") == "\(before) Build 7")
      let tip = try await repository.git.tip("main")
      // Nothing to change is no commit.
      #expect(
        try await repository.tagkeeper("set", "--commit", "main", "-m", "Build 7", "a", "\(digest(7))")
          == "desired-state/images.yaml: team/images/a has sha256:070000000000 already\n")
      #expect(try await repository.git.tip("main") == tip)
      for (arguments, said) in [
        (["set", "--commit", "main", "a", "\(digest(8))"], "what does the commit say? give -m MESSAGE"),
        (
          ["set", "--commit", "main", "-m", "x", "--file", "f", "a", "\(digest(8))"],
          "give --file or --commit, not both"
        ),
      ] {
        let done = try await repository.run(arguments)
        #expect(done.errors == "tagkeeper: \(said)\n" && done.status == 64)
      }
    }
  }

  @Test func setAddsAnImageToTheFileThatHasItsRepository() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let text = try repository.folder.read("tagkeeper.yaml")
      try repository.folder.write(text + "\nstate: desired-state\n", to: "tagkeeper.yaml")
      try await repository.git.commit([
        "desired-state/web.yaml": "version: 1\nrepositories:\n  team/web: {}\n"
      ])
      try await repository.git.git("checkout", "-q", "-b", "feature")
      let output = try await repository.tagkeeper(
        "set", "--commit", "main", "-m", "Build 7", "--repository", "team/web", "n", "\(digest(7))")
      #expect(
        output.hasPrefix("desired-state/web.yaml: team/web/n added with sha256:070000000000\nbranch main at ")
      )
      #expect(
        try await repository.git.git("diff", "--name-only", "feature", "main") == "desired-state/web.yaml")
    }
  }

  @Test func setsOfManyPipelinesAtOnceLoseNothing() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.git.git("checkout", "-q", "-b", "feature")
      let (folder, environment) = (repository.folder, repository.git.environment)
      try await withThrowingTaskGroup(of: FinishedProgram.self) { group in
        for number in UInt8(1)...8 {
          group.addTask {
            try await tagkeeper(
              ["set", "--commit", "main", "-m", "Build", "n\(number)", "\(digest(number))"], in: folder,
              environment: environment)
          }
        }
        for try await done in group { #expect(done.status == 0, "\(done.errors)") }
      }
      var expected = Dictionary(uniqueKeysWithValues: (UInt8(1)...8).map { ("n\($0)", $0) })
      expected["a"] = 1
      #expect(try await repository.images("main") == expected)
      #expect(try await repository.git.git("rev-list", "--count", "main") == "9")
    }
  }

  /// Git takes nothing twice: what a revert took out stays out, which has to be said.
  @Test func filesThatProductionRevertedAreNamed() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.git.checkOut("main")
      try await repository.git.commit(["build/Dockerfile": "FROM 2\n"], message: "files")
      try await repository.declare(["a": 2])
      let clean = try await repository.tagkeeper("cut", "--branch", "week", "--with-files")
      #expect(!clean.contains("Kept as"))
      let landing = try await repository.land("week", squashed: false)
      try await repository.git.checkOut("production")
      try await repository.git.git("revert", "--no-edit", "-m", "1", landing)
      try await repository.declare(["a": 3])
      let cut = try await repository.tagkeeper("cut", "--branch", "next", "--with-files")
      #expect(cut.contains("\nKept as production has them: build/Dockerfile.\n"), "\(cut)")
      let json = try await repository.tagkeeper(
        "cut", "--branch", "next", "--with-files", "--update", "--output", "json")
      #expect(json.hasSuffix(#""keptFiles":["build/Dockerfile"]}"# + "\n"), "\(json)")
    }
  }

  @Test func filesThatAPlainCutLeftComeWithTheNextThatTakesFiles() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.git.checkOut("main")
      try await repository.git.commit(["build/Dockerfile": "FROM 2\n"], message: "files")
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "plain")
      try await repository.land("plain", squashed: false)
      try await repository.declare(["a": 3])
      try await repository.tagkeeper("cut", "--branch", "whole", "--with-files")
      #expect(try await repository.git.git("show", "whole:build/Dockerfile") == "FROM 2")
      #expect(
        try await repository.git.git("log", "-1", "--format=%B", "whole").contains("Rollout-Files: yes"))
    }
  }

  @Test func aRollbackOfARolloutIsNotOneOfAHotfix() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      let landing = try await repository.land("week")
      try await repository.declare(["z": 5], on: "production", message: "Add z here alone")
      try await repository.tagkeeper("rollback", "--rollout", "-m", "stuck", "--branch", "back")
      #expect(try await repository.images("back") == ["a": 1, "z": 5])
      // What main has too, and was put here by hand, may be one.
      try await repository.declare(["c": 4])
      let picked = try await repository.declare(["c": 4], on: "production", message: "Pick c")
      let refused = try await repository.run(["rollback", "--rollout", "-m", "stuck"])
      #expect(refused.status == 1)
      #expect(
        refused.errors.hasPrefix(
          "tagkeeper: which rollout? \(picked.prefix(12)) (")
          && refused.errors.contains("the one before it is \(landing.prefix(12)) ("), "\(refused.errors)")
      try await repository.tagkeeper(
        "rollback", "--rollout", "--to", landing, "-m", "stuck", "--branch", "second")
      #expect(try await repository.images("second") == ["a": 1, "c": 4, "z": 5])
    }
  }

  @Test func rollbacksOfOneDayHaveBranchesOfTheirOwn() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2], on: "production")
      let first = try await repository.tagkeeper("rollback", "a", "a", "-m", "once")
      let second = try await repository.tagkeeper("rollback", "team/images/a", "-m", "twice")
      #expect(first.contains("\nbranch rollback/") && second.contains("-2 at "), "\(first)\(second)")
      let gone = try await repository.run(["rollback", "a", "--to", "main~0", "-m", "x", "--branch", "there"])
      #expect(gone.status == 0)
      try await repository.declare(["b": 1], on: "production")
      let missing = try await repository.run(["rollback", "b", "--to", "main", "-m", "x"])
      #expect(
        missing.status == 1 && missing.errors.contains("does not declare team/images/b: name another commit"))
    }
  }

  @Test func aFormerStateFileThatWasLeftBehindSaysNothing() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let text = try repository.folder.read("tagkeeper.yaml")
      try repository.folder.write(text + "\nstatePaths: [images.yaml]\n", to: "tagkeeper.yaml")
      try await repository.git.checkOut("main")
      try await repository.git.commit(["images.yaml": RolloutRepository.text(["a": 1, "old": 1])])
      try await repository.git.git("branch", "-f", "production", "main")
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      #expect(try await repository.images("week") == ["a": 2])
    }
  }

  @Test func aStubInTheFormerPlaceHidesNothing() async throws {
    try await withRolloutRepository(["a": 1, "x": 1]) { repository in
      let text = try repository.folder.read("tagkeeper.yaml")
      try repository.folder.write(text + "\nstatePaths: [images.yaml]\n", to: "tagkeeper.yaml")
      try await repository.git.checkOut("main")
      try await repository.git.commit(["images.yaml": "# moved to desired-state\n"])
      try await repository.declare(["a": 2, "x": nil])
      try await repository.declare(["a": 3, "x": 5])
      try await repository.tagkeeper("cut", "--branch", "week")
      #expect(try await repository.images("week") == ["a": 3, "x": 5])
    }
  }

  @Test func aCommitThatCanNotBeReadDeclaresNothingAnew() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      let tip = try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      try await repository.land("week")
      try await repository.tagkeeper("rollback", "a", "-m", "it broke", "--branch", "back")
      try await repository.land("back")
      try await repository.write(
        "version: 1\nrepositories:\n  team/images:\n    a: {digest: sha256:", on: "main")
      try await repository.git.revert("main")
      #expect(try await repository.git.git("diff", tip, "main") == "")
      let cut = try await repository.tagkeeper("cut")
      #expect(cut.contains("rolled back by ") && cut.contains("Nothing to roll out: "), "\(cut)")
    }
  }

  @Test func aLocalBranchBehindItsRemoteIsNoBase() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      let old = try await repository.git.tip("main")
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      try await repository.land("week")
      try await repository.git.git("update-ref", "refs/remotes/origin/main", "main")
      try await repository.git.git("checkout", "-q", "--detach")
      try await repository.git.git("branch", "-f", "main", old)
      let refused = try await repository.run(["cut"])
      #expect(
        refused.errors == """
          tagkeeper: main is behind origin/main: bring it up (git fetch origin main:main, or git pull --ff-only where \
          it is checked out), or write branch: origin/main in the configuration

          """)
      #expect(refused.status == 1)
      // Which landing was the last rollout only all of main tells.
      let rollback = ["rollback", "-m", "why"]
      let guessed = try await repository.run(rollback + ["--rollout"])
      #expect(guessed.errors == refused.errors && guessed.status == 1)
      #expect(try await repository.run(rollback + ["a", "--branch", "back"]).status == 0)
      #expect(try await repository.images("back") == ["a": 1])
      let named = rollback + ["--rollout", "--to", "production", "--branch", "whole"]
      #expect(try await repository.run(named).status == 0)
    }
  }

  @Test func wrongUsage() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      for (arguments, said) in [
        (["rollback", "a"], "why? give -m WHY: it stands in the commit"),
        (["rollback", "-m", "why"], "which images? name them, or give --rollout"),
        (["rollback", "a", "--rollout", "-m", "why"], "give images or --rollout, not both"),
        (["rollback", "a", "--commit", "--branch", "b", "-m", "why"], "give --branch or --commit, not both"),
        (
          ["rollback", "x", "-m", "why"],
          "there is no image \"x\": write its name as the state file has it, or REPOSITORY/IMAGE"
        ),
        (["cut", "--soak", "soon"], "--soak \"soon\": write a number and ms, s, m, h or d, such as 3d"),
        (["cut", "--onto", "none"], "there is no channel \"none\": the configuration has staging, latest"),
      ] {
        let done = try await repository.run(arguments)
        #expect(done.errors == "tagkeeper: \(said)\n" && done.status == 64 && done.output == "")
      }
    }
  }

  /// Every command that reads or writes branches, in a checkout where somebody is at work.
  @Test func nothingButObjectsAndRefsIsTouched() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["a": 2, "c": 2])
      try await repository.git.git("checkout", "-q", "-b", "feature", "main")
      try repository.folder.write("dirty\n", to: "checkout/\(repository.statePath)")
      try repository.folder.write("staged\n", to: "checkout/staged")
      try await repository.git.git("add", "staged")
      try repository.folder.write("untracked\n", to: "checkout/untracked")
      func look() async throws -> [String] {
        let index = try Data(contentsOf: URL(filePath: "\(repository.git.path)/.git/index"))
        return [
          try await repository.git.git("status", "--porcelain=v2", "--branch"),
          try repository.folder.read("checkout/.git/HEAD"), "\(index.hashValue)",
          try repository.folder.read("checkout/\(repository.statePath)"),
          try repository.folder.read("checkout/untracked"), try repository.folder.read("checkout/staged"),
        ]
      }
      let before = try await look()
      for arguments in [
        ["cut", "--branch", "week"], ["cut", "--branch", "week", "--update", "--with-files"],
        ["validate", "--rev", "week"],
        ["rollback", "a", "--to", "\(digest(5))", "--branch", "back", "-m", "why"],
        ["rollback", "a", "--to", "\(digest(6))", "--commit", "-m", "why"],
        ["rollback", "a", "-m", "why", "--branch", "again"],
        ["set", "--commit", "main", "-m", "why", "a", "\(digest(8))"],
        ["diff", "main", "week"], ["history", "a", "--channel", "latest"],
        ["history", "--channel", "latest"],
        ["history", "a", "--channel", "latest", "--at", "2026-01-02"], ["validate"],
        ["init", "--merge-driver"],
      ] {
        let done = try await repository.run(arguments)
        #expect(done.status == 0, "\(arguments): \(done.errors)")
        #expect(try await look() == before, "\(arguments)")
      }
    }
  }
}
