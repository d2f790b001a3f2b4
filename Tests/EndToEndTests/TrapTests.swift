import TestSupport
import Testing

/// The traps that plain git has for rollouts, each with what git makes of it and what Tagkeeper does.
struct TrapTests {
  @Test func aRevertOfARolloutIsNotSilentlySkippedByTheNext() async throws {
    try await withRolloutRepository(["a": 1, "b": 1, "c": 1]) { repository in
      try await repository.declare(["a": 2, "b": 2])
      let merge = try await repository.land("main")
      try await repository.git.git("revert", "-m", "1", "--no-edit", merge)
      try await repository.declare(["c": 3])
      // Git takes c, and says nothing of a and b; where main moves them on, it conflicts.
      #expect(try await repository.plainly("merge", "--no-edit", "main") == ["a": 1, "b": 1, "c": 3])
      let cut = try await repository.tagkeeper("cut", "--branch", "cut")
      #expect(
        cut.contains(
          "! team/images/a  kept at sha256:010000000000, main has sha256:020000000000: rolled back by "))
      #expect(cut.contains("Cut: 0 added, 1 moved, 0 removed, 2 kept, 0 the same."))
      #expect(try await repository.images("cut") == ["a": 1, "b": 1, "c": 3])
      try await repository.land("cut")

      try await repository.declare(["b": 4])
      #expect(try await repository.plainly("merge", "--no-edit", "main") == nil)
      try await repository.tagkeeper("cut", "--branch", "next")
      #expect(try await repository.plainly("merge", "--no-edit", "next") == ["a": 1, "b": 4, "c": 3])
    }
  }

  @Test func aSquashedRolloutDoesNotMakeTheNextConflict() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["a": 2])
      try await repository.land("main", squashed: true)
      try await repository.declare(["a": 3])
      #expect(try await repository.plainly("merge", "--no-edit", "main") == nil)
      try await repository.tagkeeper("cut", "--branch", "cut")
      #expect(try await repository.plainly("merge", "--no-edit", "cut") == ["a": 3, "b": 1])
      try await repository.land("cut", squashed: true)
      try await repository.declare(["a": 4, "b": 4])
      try await repository.tagkeeper("cut", "--branch", "next")
      #expect(try await repository.plainly("merge", "--no-edit", "next") == ["a": 4, "b": 4])
    }
  }

  @Test func neighboursDoNotConflict() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      // A flat list, as people write one.
      func flat(_ a: Int, _ b: Int) -> String { "a: \(a)\nb: \(b)\n" }
      try await repository.write(flat(1, 1), on: "main")
      try await repository.git.git("branch", "-f", "production", "main")
      try await repository.write(flat(2, 1), on: "production")
      try await repository.write(flat(1, 2), on: "main")
      await #expect(throws: (any Error).self) {
        try await repository.git.git("checkout", "-q", "production")
        try await repository.git.git("merge", "--no-edit", "main")
      }
    }
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["a": 2], on: "production")
      try await repository.declare(["b": 2])
      #expect(try await repository.plainly("merge", "--no-edit", "main") == ["a": 2, "b": 2])
    }
  }

  @Test func neighboursThatAreAddedConflictOnlyWithoutTheMergeDriver() async throws {
    try await withRolloutRepository(["a": 1, "z": 1]) { repository in
      try await repository.declare(["m": 2], on: "production")
      try await repository.declare(["n": 2])
      #expect(try await repository.plainly("merge", "--no-edit", "main") == nil)
      try await repository.git.git("checkout", "-q", "main")
      try await repository.tagkeeper("init", "--checkout", "checkout", "--merge-driver")
      #expect(try await repository.plainly("merge", "--no-edit", "main") == ["a": 1, "m": 2, "n": 2, "z": 1])
      // One image on both sides is a conflict, and shown as that alone.
      try await repository.declare(["a": 5], on: "production")
      try await repository.declare(["a": 6])
      #expect(try await repository.plainly("merge", "--no-edit", "main") == nil)
      await #expect(throws: (any Error).self) { try await repository.git.git("merge", "--no-edit", "main") }
      let conflict = try repository.folder.read("checkout/\(repository.statePath)")
      #expect(
        conflict.contains(
          """
          <<<<<<< ours
              a:
                digest: \(digest(5))
          =======
              a:
                digest: \(digest(6))
          >>>>>>> theirs
          """), "\(conflict)")
      #expect(conflict.contains("m:") && conflict.contains("n:"))
    }
  }

  @Test func aHotfixIsNeitherLostNorInTheWay() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["a": 2])
      try await repository.declare(["a": 9], on: "production", message: "Hotfix a")
      #expect(try await repository.plainly("merge", "--no-edit", "main") == nil)
      try await repository.declare(["b": 2])
      let cut = try await repository.tagkeeper("cut", "--branch", "cut")
      #expect(
        cut.contains("! team/images/a  kept at sha256:090000000000, main has sha256:020000000000: hotfix "))
      #expect(try await repository.plainly("merge", "--no-edit", "cut") == ["a": 9, "b": 2])
      try await repository.land("cut")
      // What main declares after the hotfix is newer.
      try await repository.declare(["a": 3])
      #expect(
        try await repository.tagkeeper("cut", "--branch", "next").contains(
          "(newer than the hotfix on production)"))
      #expect(try await repository.plainly("merge", "--no-edit", "next") == ["a": 3, "b": 2])
    }
  }

  @Test func whatEverybodyKnowsToBeBrokenStays() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      let held = try RolloutRepository.text(["a": 2, "b": 2]).replacing(
        "digest: \(digest(2))\n\n", with: "digest: \(digest(2))\n      hold: clang 18 breaks the build\n\n")
      try await repository.write(held, on: "main")
      #expect(try await repository.plainly("merge", "--no-edit", "main") == ["a": 2, "b": 2])
      let cut = try await repository.tagkeeper("cut", "--branch", "cut")
      #expect(cut.contains("held on main: clang 18 breaks the build"))
      #expect(try await repository.images("cut") == ["a": 1, "b": 2])
    }
  }

  @Test func twoCutsInFlightCannotBringBackWhatWasRolledBack() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "first")
      try await repository.declare(["b": 2])
      try await repository.tagkeeper("cut", "--branch", "second")
      try await repository.land("first")
      try await repository.tagkeeper("rollback", "a", "-m", "it broke", "--branch", "back")
      try await repository.land("back")
      // Git sees nothing wrong in it.
      #expect(try await repository.plainly("merge", "--no-edit", "second") != nil)
      for command in [["validate"], ["plan", "--channel", "latest"], ["apply", "--channel", "latest"]] {
        let refused = try await repository.run(command + ["--rev", "second"])
        #expect(refused.status == 1)
        #expect(
          refused.errors.hasPrefix("tagkeeper: this cut was made for production at ")
            && refused.errors.hasSuffix(
              " with other images now: run tagkeeper cut again, with --update where its branch is still there\n"
            ),
          "\(refused.errors)")
      }
      let tag = try await repository.tagkeeper("cut", "--branch", "second", "--update")
      #expect(tag.contains("rolled back by"))
      #expect(try await repository.images("second") == ["a": 1, "b": 2])
      // A commit that leaves the images alone makes no cut old.
      try await repository.git.checkOut("production")
      try await repository.git.commit(["notes": "x"])
      #expect(try await repository.tagkeeper("validate", "--rev", "second").contains("2 images, no error"))
    }
  }

  @Test func aStaleCutIsRefusedHoweverItComes() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      let git = repository.git
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "stale")
      try await repository.tagkeeper("cut", "--branch", "first")
      try await repository.land("first", squashed: true)
      try await repository.tagkeeper("rollback", "a", "-m", "it broke", "--branch", "back")
      try await repository.land("back")
      try await repository.declare(["b": 3])
      try await repository.tagkeeper("cut", "--branch", "fresh")
      // Merged into a fresh one.
      try await git.git("checkout", "-q", "-b", "both", "fresh")
      try await git.git("merge", "-q", "-s", "ours", "-m", "both", "stale")
      #expect(
        try await repository.run(["validate", "--rev", "both"]).errors.contains("run tagkeeper cut again"))
      #expect(try await repository.run(["validate", "--rev", "fresh"]).status == 0)
      // A commit of somebody's own, merged the other way round by git pull: along first parents the images never changed.
      try await git.git("checkout", "-q", "-b", "own", "production~2")
      try await repository.git.commit(["notes": "x"])
      try await git.merge("production")
      try await git.git("branch", "-f", "production", "own")
      #expect(
        try await repository.run(["validate", "--rev", "stale"]).errors.contains("run tagkeeper cut again"))
      // Where production is not there to compare it with.
      try await git.git("checkout", "-q", "main")
      try await git.git("branch", "-D", "production")
      #expect(
        try await repository.run(["validate", "--rev", "stale"]).errors
          == "tagkeeper: this brings a cut for production, and there is no such branch here to compare it with: fetch it\n"
      )
    }
  }

  @Test func aCutForATipThatProductionWasRewoundFromIsRefused() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["b": 5], on: "production")
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "cut")
      try await repository.git.git("branch", "-f", "production", "production~1")
      #expect(
        try await repository.run(["validate", "--rev", "cut"]).errors.contains("run tagkeeper cut again"))
    }
  }

  @Test func aCutThatLandedIsNoLongerAskedAboutWhereProductionIsNotThere() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      try await repository.land("week")
      try await repository.git.checkOut("main")
      try await repository.git.merge("production")
      try await repository.git.git("branch", "-D", "production")
      let done = try await repository.run(["validate", "--rev", "main"])
      #expect(done.status == 0, "\(done.errors)")
    }
  }

  @Test func cutsFromASharedPastAreRefusedToo() async throws {
    try await withRolloutRepository(["a": 1, "b": 1]) { repository in
      try await repository.declare(["a": 2, "b": 2])
      try await repository.git.git("branch", "-f", "production", "main~1")
      try await repository.tagkeeper("cut", "--only", "a", "--branch", "one")
      try await repository.tagkeeper("cut", "--only", "b", "--branch", "two")
      try await repository.land("one")
      #expect(
        try await repository.run(["validate", "--rev", "two"]).errors.contains("run tagkeeper cut again"))
    }
  }
}
