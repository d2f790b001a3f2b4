import FoundationEssentials
import Model
import StateFile
import TestSupport
import Testing

/// A repository with `main` and `production`, both declaring the same images, and no merge driver: as a host has it.
struct RolloutRepository {
  let folder: TemporaryDirectory
  let git: TemporaryGitRepository
  let statePath = "desired-state/images.yaml"

  /// - Parameter images: name → digest number, in the repository `team/images`.
  init(_ folder: TemporaryDirectory, _ images: [String: UInt8]) async throws {
    self.folder = folder
    git = try await TemporaryGitRepository(folder("checkout"))
    try folder.write(
      """
      version: 1
      checkout: \(folder("checkout"))
      registry: http://127.0.0.1:1
      channels:
        staging: {branch: main, tag: "{image}-staging"}
        latest: {branch: production, tag: "{image}-latest"}
      """, to: "tagkeeper.yaml")
    try await git.commit([statePath: Self.text(images)], message: "first")
    try await git.git("branch", "production")
  }

  static func text(_ images: [String: UInt8]) throws -> String {
    let entries = try images.map {
      try DesiredState.Entry(key: key("team/images/\($0.key)"), digest: digest($0.value))
    }
    return String(decoding: StateText(path: "", state: try DesiredState(entries)).bytes, as: UTF8.self)
  }

  /// Sets images on a branch, each in place, and commits; its id.
  @discardableResult
  func declare(
    _ images: [String: UInt8?], on branch: String = "main", message: String = "change"
  ) async throws -> String {
    try await git.checkOut(branch)
    var text = StateText(path: statePath, bytes: Array(try folder.read("checkout/\(statePath)").utf8))
    for (name, number) in images.sorted(by: { $0.key < $1.key }) {
      let key = try key("team/images/\(name)")
      let rest = try DesiredState(text.lenientReading().entries.filter { $0.key != key })
      text =
        try number.map { try text.setting([key: digest($0)]) }
        ?? StateText.rewriting([text], to: rest).first ?? text
    }
    return try await git.commit([statePath: String(decoding: text.bytes, as: UTF8.self)], message: message)
  }

  /// Replaces the text of a branch's state file.
  @discardableResult
  func write(_ text: String, on branch: String) async throws -> String {
    try await git.checkOut(branch)
    return try await git.commit([statePath: text])
  }

  /// Image → first byte of its digest.
  func images(_ revision: String) async throws -> [String: UInt8] {
    let text = StateText(
      path: statePath, bytes: Array(try await git.git("show", "\(revision):\(statePath)").utf8))
    return Dictionary(
      uniqueKeysWithValues: try text.lenientReading().entries.map { entry in
        ("\(entry.key.image)", try #require((UInt8.min...(.max)).first { digest($0) == entry.digest }))
      })
  }

  /// What plain `git merge` (or `revert`, `cherry-pick`) of the arguments makes of production; nil where it conflicts.
  /// Production is left as it was.
  func plainly(_ arguments: String...) async throws -> [String: UInt8]? {
    try await git.git("checkout", "-q", "-B", "plain", "production")
    do {
      try await git.git(arguments)
    } catch {
      try await git.git(arguments[0], "--abort")
      return nil
    }
    return try await images("plain")
  }

  /// Lands `branch` on production by `git merge --no-ff`, or with its message and its commits lost.
  @discardableResult
  func land(_ branch: String, squashed: Bool = false) async throws -> String {
    try await git.checkOut("production")
    guard squashed else { return try await git.merge(branch, message: "Merge \(branch)") }
    try await git.git("merge", "-q", "--squash", branch)
    return try await git.commit(message: "This week's images")
  }

  /// Runs the program, which has to succeed; what it printed.
  @discardableResult
  func tagkeeper(_ arguments: String...) async throws -> String {
    let done = try await run(arguments)
    try #require(done.status == 0, "\(arguments): \(done.output)\(done.errors)")
    return done.output
  }

  func run(_ arguments: [String]) async throws -> FinishedProgram {
    // A commit of its own time: later than all that the fixture made.
    try await EndToEndTests.tagkeeper(
      arguments, in: folder, environment: git.environment.merging(["HOME": folder.path]) { $1 })
  }
}

func withRolloutRepository(
  _ images: [String: UInt8], _ body: (RolloutRepository) async throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in try await body(try await RolloutRepository(folder, images)) }
}
