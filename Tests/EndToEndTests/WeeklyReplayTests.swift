import Model
import Registry
import StateFile
import TestSupport
import Testing

/// The real publishes as builds on `main`, rolled out to `production` once a week, each week by another kind of landing.
@Suite(
  .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
  .enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)))
struct WeeklyReplayTests {
  @Test(.timeLimit(.minutes(10))) func everyWeekLandsWhole() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { registry in
        let publishes = try Publish.all()
        let deployment = try await Deployment(
          in: folder, registry: registry.address,
          channels: """
            staging: {branch: main, tag: "{image}-staging"}
              latest: {branch: production, tag: "{image}"}
            """)
        var weeks = Weeks(
          deployment: deployment, standIns: try await Replay.pushStandIns(for: publishes, deployment))
        try await weeks.begin()
        for (index, week) in publishes.byWeek.enumerated() {
          for publish in week { try await weeks.publish(publish) }
          try await weeks.rollOut(week.last!, by: Landing.allCases[index % Landing.allCases.count])
        }
        #expect(weeks.landings == 13)
        print("weekly rollouts: \(weeks.landings) landings, \(weeks.compared) tags compared")
      }
    }
  }
}

private struct Weeks {
  let deployment: Deployment
  let standIns: [Digest: Digest]
  var landings = 0
  var compared = 0
  private var retries = 0

  private let path = "desired-state/images.yaml"
  private var git: TemporaryGitRepository { deployment.git }

  init(deployment: Deployment, standIns: [Digest: Digest]) {
    (self.deployment, self.standIns) = (deployment, standIns)
  }

  mutating func begin() async throws {
    try await git.checkOut("main")
    try await git.commit([path: String(decoding: StateText(path: path, state: .empty).bytes, as: UTF8.self)])
    try await git.git("branch", "-f", "production", "main")
  }

  mutating func publish(_ publish: Publish) async throws {
    let entries = try publish.tags.map { tag, digest in
      DesiredState.Entry(
        key: ImageKey(tag.repository, try ImageName(tag.tag.description)), digest: standIns[digest]!)
    }
    let text = StateText(path: path, state: try DesiredState(entries))
    try await git.checkOut("main")
    try await git.commit(
      [path: String(decoding: text.bytes, as: UTF8.self)], message: "Publish \(publish.number)")
  }

  mutating func rollOut(_ publish: Publish, by landing: Landing) async throws {
    let branch = "rollout/\(publish.number)"
    let cut = try await run("cut", "--branch", branch)
    try #require(cut.status == 0, "\(cut.errors)")
    guard !cut.output.contains("Nothing to roll out") else { return }
    // Nobody changes production but by rollouts: nothing is kept, and nothing taken for what people did.
    #expect(cut.output.contains(" 0 kept, ") && !cut.output.contains("newer than"), "\(cut.output)")
    let check = try await run("validate", "--rev", branch)
    try #require(check.status == 0, "\(check.errors)")
    try await git.checkOut("production")
    switch landing {
    case .merge: try await git.merge(branch)
    case .fastForward: try await git.git("merge", "-q", "--ff-only", branch)
    case .rebase: try await git.git("cherry-pick", branch)
    case .squash, .squashWithOtherMessage:
      try await git.git("merge", "-q", "--squash", branch)
      let message = landing == .squash ? try await git.git("log", "-1", "--format=%B", branch) : "This week's"
      try await git.commit(message: message)
    }
    landings += 1
    try await apply()
    try await expectTags(publish)
  }

  /// One pass, and where deletions need a person's word, that and another.
  private mutating func apply() async throws {
    let first = try await run("apply", "--channel", "latest")
    guard first.status != 0 else { return }
    // distribution 2.8 answers 500 where another request is writing the file that it reads.
    if first.output.contains(" failed: ") {
      retries += 1
      try #require(retries <= 5, "\(first.output)\(first.errors)")
      return try await apply()
    }
    try #require(
      first.output.contains("exceed the cap") || first.output.contains("first pass")
        || first.output.contains("declares no image"), "\(first.output)\(first.errors)")
    try await git.commit(message: "Approve the removals\n\nTagkeeper-Allow: prune")
    let second = try await run("apply", "--channel", "latest")
    try #require(second.status == 0, "\(second.output)\(second.errors)")
  }

  private mutating func expectTags(_ publish: Publish) async throws {
    var listed: [TagReference] = []
    for repository in Set(publish.tags.keys.map(\.repository)) {
      listed += try await deployment.registry.tags(in: repository).map { TagReference(repository, $0) }
    }
    let observed = await deployment.registry.observe(listed)
    let isEqual = observed == publish.tags.mapValues { Observation.present(standIns[$0]!) }
    #expect(isEqual, "after publish \(publish.number): \(listed.count) tags, \(publish.tags.count) declared")
    compared += listed.count
  }

  private func run(_ arguments: String...) async throws -> FinishedProgram {
    try await deployment.tagkeeper(arguments)
  }
}

extension [Publish] {
  /// Runs of one week each, Thursday to Wednesday, oldest first.
  fileprivate var byWeek: [[Publish]] {
    var weeks: [[Publish]] = []
    var last: Int64?
    for publish in self {
      let week = (try? Timestamp(publish.time)).map { $0.milliseconds / (7 * 86_400_000) }
      if week == last, week != nil { weeks[weeks.count - 1].append(publish) } else { weeks.append([publish]) }
      last = week
    }
    return weeks
  }
}
