import GitCheckout
import Model
import Planning
import Reconciler

extension CommandSpec {
  static let rollback = CommandSpec(
    name: "rollback", summary: "Put images, or a whole rollout, back to what they were.",
    operands: "IMAGE…", operandCount: 0...Int.max,
    discussion: """
      One commit on production's tip that gives just these images the digest that they had before there,
      past those that were rolled back already; an image that is new is removed. With --rollout it takes
      back all that a rollout changed, but not what was changed again since. The daemon moves the tags
      when the commit lands; the next cut leaves out what was rolled back until main declares something
      else. A plain git revert does as well.

        tagkeeper rollback alpine-3.20-amd64 -m "segfaults in the tests"
        tagkeeper rollback --rollout -m "helix queues are stuck"
        tagkeeper rollback alpine-3.20-amd64 --to v2026-11-15 --commit -m "back to last week's"
      """,
    options: [
      OptionSpec(name: "-m", value: "WHY", help: "why: it stands in the commit, required"),
      OptionSpec(name: "--to", value: "DIGEST|REV", help: "this digest, or the images as a commit has them"),
      OptionSpec(name: "--rollout", help: "the last rollout, or with --to the commit that landed one"),
      OptionSpec(name: "--onto", value: "CHANNEL", help: "where; else the second of two channels"),
      OptionSpec(
        name: "--from", value: "CHANNEL", help: "where its rollouts come from; else the first of two"),
      OptionSpec(name: "--branch", value: "NAME", help: "the branch to make; else rollback/DATE"),
      OptionSpec(name: "--commit", help: "commit on production's branch itself"),
    ]
  ) { arguments in
    guard let why = arguments["-m"] else {
      throw CommandFailure("why? give -m WHY: it stands in the commit", status: .usage)
    }
    guard !(arguments.isGiven("--commit") && arguments["--branch"] != nil) else {
      throw CommandFailure("give --branch or --commit, not both", status: .usage)
    }
    let format: OutputFormat = arguments.choice("--output", default: .text)
    guard format != .markdown else {
      throw CommandFailure("rollback prints text or json: leave --output markdown to plan", status: .usage)
    }
    let workspace = try Workspace(arguments)
    let reader = try await RolloutReader(workspace)
    let channels = try reader.channels(from: arguments["--from"], onto: arguments["--onto"])
    let target = try await reader.branch(of: channels.target)
    let request: RollbackRequest
    do throws(CommandFailure) { request = try RollbackRequest(arguments, target) } catch {
      throw try await reader.creation(of: arguments.operands, onto: target) ?? error
    }
    let source = try await reader.branch(of: channels.source, mayBeBehind: !request.needsWholeSource)
    let (rollback, rollout) = try await request.rollback(reader, source: source, target: target)
    let table = RollbackTable(
      rollback: rollback, branch: channels.target.branch,
      rollout: rollout.flatMap { commit in target.timeline.commit(commit)?.sentence })
    guard !rollback.steps.isEmpty else {
      Console.out(
        format == .json ? table.json(branch: nil, commit: nil) : table.text + "Nothing to roll back.\n")
      return .done
    }
    let place = try await RollbackPlace(arguments, target, workspace, reader.repository)
    let commit = try await StateCommit(
      repository: reader.repository, texts: target.texts, parents: [target.tip]
    ).write(rollback.state, message: table.message(why: why))
    let next = try await place.take(commit)
    Console.out(
      format == .json
        ? table.json(branch: place.branch, commit: commit)
        : table.text + "branch \(place.branch) at \(commit.short)\n\nNext:\n"
          + next.map { "  \($0)\n" }.joined())
    return .done
  }
}

extension RolloutReader {
  /// What to say of the first of `images` that `target` never declared, and has a tag only by `createFrom`; nil where
  /// there is none.
  fileprivate func creation(
    of images: [String], onto target: RolloutBranch
  ) async throws(CommandFailure) -> CommandFailure? {
    guard let source = target.channel.createFrom else { return nil }
    let declared = try await branch(of: try workspace.channel(named: source.channel), mayBeBehind: true).state
    for image in images where (try? ImageArgument.key(image, among: target.timeline.images)) == nil {
      guard let key = try? ImageArgument.key(image, among: declared.entries.map(\.key)) else { continue }
      let channel = target.channel
      return CommandFailure(
        """
        \(channel.branch) never declared \(key): its tag of \(channel.name) comes from \(source.channel) (createFrom); \
        remove it on \(source.branch), or declare on \(channel.branch) the digest that it is to have
        """, status: .usage)
    }
    return nil
  }
}

/// What `tagkeeper rollback` was asked for.
private enum RollbackRequest {
  case images([ImageKey], to: String?)
  case rollout(commit: String?)

  init(_ arguments: Arguments, _ target: RolloutBranch) throws(CommandFailure) {
    if arguments.isGiven("--rollout") {
      guard arguments.operands.isEmpty else {
        throw CommandFailure("give images or --rollout, not both", status: .usage)
      }
      self = .rollout(commit: arguments["--to"])
    } else {
      guard !arguments.operands.isEmpty else {
        throw CommandFailure("which images? name them, or give --rollout", status: .usage)
      }
      let keys = try ImageArgument.keys(arguments.operands, among: target.timeline.images)
      self = .images(keys, to: arguments["--to"])
    }
  }

  /// To find the last rollout, what the source lately declared has to be known; else it only tells where changes came
  /// from.
  var needsWholeSource: Bool { if case .rollout(nil) = self { true } else { false } }

  /// - Throws: `CommandFailure`.
  func rollback(
    _ reader: RolloutReader, source: RolloutBranch, target: RolloutBranch
  ) async throws(CommandFailure) -> (Rollback, rollout: CommitID?) {
    do {
      switch self {
      case .rollout(let text):
        let commit = try await Self.rollout(text, reader, source: source, target: target)
        return (target.timeline.reverting(commit, state: target.state), commit)
      case .images(let keys, nil):
        return (try target.timeline.rollingBack(keys, from: source.timeline, state: target.state), nil)
      case .images(let keys, let to?):
        let entries = try await Self.entries(keys, at: to, reader)
        return (try target.timeline.rollingBack(to: entries, state: target.state), nil)
      }
    } catch let objection as RollbackObjection {
      throw CommandFailure(objection.sentence(target.channel.branch))
    } catch {
      throw CommandFailure(error)
    }
  }

  private static func rollout(
    _ text: String?, _ reader: RolloutReader, source: RolloutBranch, target: RolloutBranch
  ) async throws -> CommitID {
    if let commit = try await reader.repository.commit(named: text) {
      guard target.timeline.position(of: commit) != nil else {
        throw CommandFailure(
          "\(commit.short) did not land on \(target.channel.branch): name the commit that did, such as the merge"
        )
      }
      return commit
    }
    let landings = target.timeline.rollouts(from: source.timeline)
    if let newest = landings.first, newest.standing.isEmpty {
      throw CommandFailure(
        "the last rollout, \(newest.commit.sentence), does not stand any more: name an older one with --to REV"
      )
    }
    let standing = landings.filter { !$0.standing.isEmpty }
    guard let last = standing.first else {
      throw CommandFailure("no rollout to \(target.channel.branch) stands: name its commit with --to REV")
    }
    // A digest that was put there by hand may look like a rollout of one image.
    guard let told = standing.first(where: \.isTold), told != last else { return last.commit.id }
    throw CommandFailure(
      """
      which rollout? \(last.commit.sentence) may be one, though nothing but its digests says so; the one before it is \
      \(told.commit.sentence): name the commit with --to
      """)
  }

  private static func entries(
    _ keys: [ImageKey], at text: String, _ reader: RolloutReader
  ) async throws -> [(key: ImageKey, entry: DesiredState.Entry?)] {
    if let digest = try? Digest(text) { return keys.map { ($0, .init(key: $0, digest: digest)) } }
    let commit = try await reader.repository.commit(named: text)!
    let state = try await reader.state(at: commit).state
    if let missing = keys.first(where: { state[$0] == nil }) {
      throw CommandFailure(
        "\(commit.short) does not declare \(missing): name another commit, or remove the image from the state file"
      )
    }
    return keys.map { ($0, state[$0]) }
  }
}

extension RollbackObjection {
  fileprivate func sentence(_ branch: String) -> String {
    switch self {
    case .unknown(let key):
      "\(branch) never declared \(key): check its name, or that the channel is the one meant"
    case .nothingBefore(let key):
      "\(key) had no other digest on \(branch) that was not rolled back: name one with --to DIGEST"
    case .alreadyThere(let key): "\(key) is there already on \(branch)"
    }
  }
}
