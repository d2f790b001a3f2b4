import Configuration
import FoundationEssentials
import GitCheckout
import JSONOutput
import Model
import Reconciler
import StateFile
import YAML

extension CommandSpec {
  static let validate = CommandSpec(
    name: "validate", summary: "Check state files.", operands: "[FILE…]", operandCount: 0...Int.max,
    operandKind: .file,
    discussion: """
      Checks the files named, or the state of a commit with --rev, or that of every channel's branch.
      Several files are one state, as in a folder. Every error is reported with its place and what mends
      it. With a configuration the tags that its channels make are checked too.
      """,
    options: [OptionSpec(name: "--rev", value: "REV", help: "the state at a commit or branch")]
  ) { arguments in
    let workspace = try Workspace.ifConfigured(arguments)
    let format: OutputFormat = arguments.choice("--output", default: .text)
    guard format != .markdown else {
      throw CommandFailure("validate prints text or json: leave --output markdown to plan", status: .usage)
    }
    var states: [ValidatedState] = []
    if arguments.operands.isEmpty {
      guard let workspace else {
        throw CommandFailure(
          arguments["--rev"] == nil
            ? "which file? name it, or write a configuration with tagkeeper init"
            : "--rev reads the checkout of a configuration: name one with --config, or write one with tagkeeper init",
          status: .usage)
      }
      states = try await committedStates(workspace, arguments["--rev"])
    } else if arguments["--rev"] != nil {
      throw CommandFailure("give files or --rev, not both", status: .usage)
    } else {
      let texts = try arguments.operands.flatMap { path throws(CommandFailure) in
        try StateText.files(at: path)
      }
      let today = SystemTime().now().day
      let reading = workspace?.read(texts, today: today) ?? StateText.read(texts, today: today)
      states = [ValidatedState(arguments.operands.joined(separator: " "), reading)]
    }
    Console.out(format == .json ? ValidatedState.json(states) : states.map(\.text).joined())
    return states.allSatisfy(\.isValid) ? .done : .attention
  }
}

/// The states of `revision`, or of every channel's branch; a branch that serves two channels once.
private func committedStates(
  _ workspace: Workspace, _ revision: String?
) async throws(CommandFailure) -> [ValidatedState] {
  let repository = try await workspace.repository()
  var commits: [(name: String, commit: CommitID)] = []
  if let revision, let commit = try await repository.commit(named: revision) {
    try await CutFreshness(repository, workspace, workspace.channels).check(commit)
    commits.append((revision, commit))
  } else {
    for branch in Set(workspace.channels.map(\.branch)).sorted() {
      switch await GitStateSource(repository, workspace, verifier: nil).resolve(branch) {
      case .commit(let commit): commits.append((branch, commit))
      case .missing(let reason), .unknown(let reason), .awaited(let reason): throw CommandFailure(reason)
      }
    }
  }
  var states: [ValidatedState] = []
  for (name, commit) in commits {
    let texts = try await repository.stateTexts(at: workspace.settings.state, in: commit)
    states.append(
      ValidatedState("\(name) at \(commit.short)", workspace.read(texts, today: workspace.time.now().day)))
  }
  return states
}

/// A state as `validate` found it.
private struct ValidatedState {
  let name: String
  let images: Int?
  let diagnostics: [Diagnostic]

  init(_ name: String, _ reading: StateFile.StateReading) {
    self.name = name
    images = reading.state?.entries.count
    diagnostics = reading.diagnostics
  }

  var isValid: Bool { images != nil }

  var text: String {
    let errors = diagnostics.count { $0.severity == .error }
    let verdict =
      images.map { "\($0.counted("image")), no error" } ?? errors.counted("error")
    return diagnostics.map { $0.description + "\n" }.joined() + "\(name.printable): \(verdict)\n"
  }

  static func json(_ states: [ValidatedState]) -> String {
    JSONWriter.report { $0.objects("states", states) { $1.write(to: &$0) } }
  }

  private func write(to json: inout JSONWriter) {
    json.member("name", name)
    json.member("valid", isValid)
    json.key("images")
    if let images { json.integer(images) } else { json.null() }
    json.objects("diagnostics", diagnostics) { json, diagnostic in
      json.member("severity", diagnostic.severity.rawValue)
      json.member("file", diagnostic.place.file)
      json.member("line", diagnostic.place.line)
      json.member("column", diagnostic.place.column)
      json.member("message", diagnostic.message)
      json.member("remedy", diagnostic.remedy)
    }
  }
}
