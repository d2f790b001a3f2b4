import LinuxSystem
import TestSupport
import Testing

/// `cut` where nothing is left to roll out, and a branch still has an earlier cut.
struct EarlierCutTests {
  private let said =
    "week still holds an earlier cut: close its pull request, and delete it with git branch -D week\n"

  /// A cut on the branch `week`, of what main has taken back since.
  private func withCutOfWhatWasTakenBack(_ body: (RolloutRepository) async throws -> Void) async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      try await repository.declare(["a": 1])
      try await body(repository)
    }
  }

  @Test func whatMainTookBackIsNotLeftToLand() async throws {
    try await withCutOfWhatWasTakenBack { repository in
      let cut = ["cut", "--branch", "week", "--update"]
      let text = try await repository.run(cut)
      #expect(
        text.output.hasSuffix(
          "Nothing to roll out: 0 added, 0 moved, 0 removed, 0 kept, 1 the same.\n" + said), "\(text.output)")
      #expect(text.status == 1 && text.errors == "")
      // A JSON object stays one.
      let json = try await repository.run(cut + ["--output", "json"])
      #expect(json.output.hasSuffix("}\n") && json.errors == said && json.status == 1)
      try await repository.git.git("branch", "-D", "week")
      #expect(try await repository.run(cut).status == 0)
    }
  }

  @Test(arguments: [true, false]) func whatHasLandedHoldsNothing(squashed: Bool) async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      try await repository.declare(["a": 2])
      try await repository.tagkeeper("cut", "--branch", "week")
      try await repository.land("week", squashed: squashed)
      let done = try await repository.run(["cut", "--branch", "week", "--update"])
      #expect(done.output.hasSuffix(" 1 the same.\n") && done.status == 0)
      // Nor once more changed there: whoever lands it again is refused.
      try await repository.declare(["a": 1])
      try await repository.declare(["a": 1, "b": 4], on: "production")
      #expect(try await repository.run(["cut", "--branch", "week", "--update", "--hold", "a"]).status == 0)
      try await repository.git.git("branch", "feature", "main")
      #expect(try await repository.run(["cut", "--branch", "feature", "--update"]).status == 0)
    }
  }

  @Test func theScriptTellsOfTheRemoteBranchToo() async throws {
    try await withCutOfWhatWasTakenBack { repository in
      _ = try await repository.git.clone(to: repository.folder("remote.git"), "--bare")
      try await repository.git.git("remote", "add", "origin", repository.folder("remote.git"))
      let done = try await repository.script(
        "cut-rollout", "--push", "origin", "--branch", "week", "--update")
      #expect(
        done.output.hasSuffix(said + "and on origin: git push origin --delete week\n"),
        "\(done.output)\(done.errors)")
      #expect(done.status == 1)
    }
  }

  /// What the script does itself nobody is asked to do.
  @Test func whatTheScriptsPushNobodyIsToldToPush() async throws {
    try await withRolloutRepository(["a": 1]) { repository in
      _ = try await repository.git.clone(to: repository.folder("remote.git"), "--bare")
      try await repository.git.git("remote", "add", "origin", repository.folder("remote.git"))
      try await repository.declare(["a": 2])
      try await repository.git.git("push", "-q", "origin", "main")
      let cut = try await repository.script("cut-rollout", "--push", "origin", "--branch", "week")
      #expect(cut.status == 0 && cut.output.contains("Pushed week to origin: "), "\(cut.errors)")
      #expect(!cut.output.contains("git push origin"))
      let back = try await repository.script(
        "rollback", "--push", "origin", "a", "--to", "\(digest(3))", "--branch", "back", "-m", "why")
      #expect(back.status == 0 && back.output.contains("Pushed back to origin: "), "\(back.errors)")
      #expect(!back.output.contains("git push origin"))
      for script in ["cut-rollout", "rollback"] {
        let usage = try await repository.script(script, "--push")
        #expect(usage.errors.hasPrefix("usage: scripts/\(script) [--push REMOTE] "), "\(usage.errors)")
        #expect(usage.status == 64 && usage.output == "")
      }
    }
  }
}

extension RolloutRepository {
  /// Runs one of `scripts/` in the checkout, with the built program.
  fileprivate func script(_ name: String, _ arguments: String...) async throws -> FinishedProgram {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let program = ["TAGKEEPER": FinishedProgram.path, "TAGKEEPER_CONFIG": folder("tagkeeper.yaml")]
    return try await FinishedProgram(
      Command(
        "/\(root)/scripts/\(name)", arguments, environment: git.environment.merging(program) { $1 },
        workingDirectory: git.path))
  }
}
