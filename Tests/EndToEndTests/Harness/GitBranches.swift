import FoundationEssentials
import Model
import StateFile
import TestSupport
import Testing

/// A main and a production branch in a real repository, with tagkeeper as its merge driver: what people do is done by
/// git and by the program, and lands as hosts and people land it.
struct GitBranches: RolloutBranches {
  struct Cut {
    let branch: String
    let commit: String
  }

  private let folder: TemporaryDirectory
  private let git: TemporaryGitRepository
  private let statePath = "desired-state/images.yaml"
  private var landed: [String] = []
  private var cuts = 0

  init(_ folder: TemporaryDirectory) async throws {
    self.folder = folder
    git = try await TemporaryGitRepository(folder.path)
    let made = try await tagkeeper(
      "init", "--merge-driver", "--registry", "http://127.0.0.1:1", in: folder, environment: git.environment)
    try #require(made.status == 0, "\(made.errors)")
    try folder.write("/tagkeeper.yaml\n", to: ".git/info/exclude")
    try await git.commit(message: "first")
    try await git.git("branch", "production")
  }

  var production: [ImageKey: Digest] {
    get async throws {
      let text = StateText(
        path: statePath, bytes: Array(try await git.git("show", "production:\(statePath)").utf8))
      return Dictionary(uniqueKeysWithValues: text.lenientReading().entries.map { ($0.key, $0.digest) })
    }
  }

  mutating func commitOnMain(_ state: [ImageKey: Digest], at time: Int) async throws {
    try await git.checkOut("main")
    let text = try StateText(
      path: statePath, state: DesiredState(state.map { .init(key: $0.key, digest: $0.value) }))
    try folder.write(String(decoding: text.bytes, as: UTF8.self), to: statePath)
    try await git("commit", "-q", "--allow-empty", "-am", "main", at: time)
  }

  mutating func mergeBack(at time: Int) async throws {
    try await git.checkOut("main")
    try await git("merge", "-q", "-s", "ours", "-m", "Merge production back", "production", at: time)
  }

  mutating func cut(hold: Set<ImageKey>, only: Set<ImageKey>?, at time: Int) async throws -> Cut? {
    cuts += 1
    let branch = "rollout/\(cuts)"
    let options =
      hold.sorted().flatMap { ["--hold", "\($0)"] } + (only ?? []).sorted().flatMap { ["--only", "\($0)"] }
    let done = try await run(["cut", "--branch", branch] + options, at: time)
    try #require(done.status == 0, "\(done.errors)")
    if done.output.contains("Nothing to roll out") { return nil }
    return Cut(branch: branch, commit: try await git.tip(branch))
  }

  mutating func land(_ cut: Cut, by landing: Landing, at time: Int) async throws -> Bool {
    let check = try await run(["validate", "--rev", cut.branch], at: time)
    guard check.status == 0 else {
      try #require(check.errors.contains("run tagkeeper cut again"), "\(check.errors)")
      return false
    }
    landed += try await onProduction {
      switch landing {
      case .merge: try await git("merge", "-q", "--no-ff", "-m", "Merge the rollout", cut.branch, at: time)
      case .fastForward: try await git("merge", "-q", "--ff-only", cut.branch, at: time)
      case .squash:
        try await git("merge", "-q", "--squash", cut.branch, at: time)
        try await git("commit", "-q", "-C", cut.commit, "--reset-author", at: time)
      case .squashWithOtherMessage:
        try await git("merge", "-q", "--squash", cut.branch, at: time)
        try await git("commit", "-q", "-m", "This week's images", at: time)
      case .rebase: try await git("cherry-pick", cut.commit, at: time)
      }
    }
    return true
  }

  mutating func hotfix(_ key: ImageKey, _ digest: Digest, at time: Int) async throws {
    landed += try await onProduction {
      let text = StateText(path: statePath, bytes: Array(try folder.read(statePath).utf8))
      try folder.write(String(decoding: text.setting([key: digest]).bytes, as: UTF8.self), to: statePath)
      try await git("commit", "-q", "-am", "Hotfix", at: time)
    }
  }

  mutating func rollBack(_ key: ImageKey, at time: Int) async throws -> Bool {
    let done = try await run(["rollback", "\(key)", "--commit", "-m", "it broke"], at: time)
    if done.status == 1, done.errors.contains("that was not rolled back: name one with --to") { return false }
    try #require(done.status == 0, "\(done.errors)")
    landed.append(try await git.tip("production"))
    return true
  }

  mutating func revert(_ index: Int, at time: Int) async throws -> Bool {
    let parents =
      try await git.git("rev-list", "--parents", "-n", "1", landed[index]).split(separator: " ").count - 1
    let mainline = parents > 1 ? ["-m", "1"] : []
    var isClean = true
    landed += try await onProduction {
      do {
        try await git(["revert", "--no-edit"] + mainline + [landed[index]], at: time)
      } catch {
        isClean = false
        try await git.git("revert", "--abort")
      }
    }
    return isClean
  }

  /// Production is checked out for as long as `body` takes: tagkeeper leaves a branch alone that is.
  /// - Returns: The new commit; none where it did not move.
  private func onProduction(_ body: () async throws -> Void) async throws -> [String] {
    let before = try await git.tip("production")
    try await git.checkOut("production")
    try await body()
    let after = try await git.tip("production")
    try await git.checkOut("main")
    return after == before ? [] : [after]
  }

  private func git(_ arguments: String..., at time: Int) async throws { try await git(arguments, at: time) }

  private func git(_ arguments: [String], at time: Int) async throws {
    try await git.git(arguments, extra: dates(time))
  }

  private func run(_ arguments: [String], at time: Int) async throws -> FinishedProgram {
    try await tagkeeper(arguments, in: folder, environment: git.environment.merging(dates(time)) { $1 })
  }

  private func dates(_ time: Int) -> [String: String] {
    let date = "\(1_767_225_600 + time * 60) +0000"
    return ["GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date]
  }
}
