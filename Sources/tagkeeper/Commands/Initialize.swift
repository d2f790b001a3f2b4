import YAML
import Configuration
import FoundationEssentials
import GitCheckout
import LinuxSystem
import Model
import StateFile

extension CommandSpec {
  static let initialize = CommandSpec(
    name: "init", summary: "Write a commented configuration and a first state file.",
    discussion: """
      Writes tagkeeper.yaml, and desired-state/images.yaml in the checkout, where they do not exist; it
      overwrites nothing.

        tagkeeper init --checkout . --registry https://registry.example.com
      """,
    options: [
      OptionSpec(
        name: "--checkout", value: "PATH", kind: .folder, help: "the git checkout; else this folder"),
      OptionSpec(name: "--registry", value: "URL", help: "the registry; else one to fill in"),
      OptionSpec(name: "--merge-driver", help: "let git merge state files here image by image"),
    ]
  ) { arguments in
    let checkout = arguments["--checkout"] ?? "."
    let configuration = arguments["--config"] ?? "tagkeeper.yaml"
    let registry = try registry(arguments)
    // Where everything is set up already, this alone is wanted.
    if arguments.isGiven("--merge-driver"), let workspace = try Workspace.ifConfigured(arguments) {
      try await registerMergeDriver(try await workspace.repository(), workspace.settings.state)
      return .done
    }
    // The state file goes into its working tree: a path that is mistyped should not become a folder.
    let repository = try await repository(at: checkout)
    guard FileManager.default.fileExists(atPath: "\(checkout)/.git") else {
      throw CommandFailure(
        "\(checkout.absolute) is a bare repository, where a first state file has no place: give --checkout PATH of a "
          + "checkout")
    }
    let text = Settings.template(
      checkout: path(of: checkout, from: configuration), registry: registry,
      channels: [
        ("staging", await branch("main", repository), nil),
        ("latest", await branch("production", repository), nil),
      ])
    let reading = Settings.read(Array(text.utf8), path: configuration)
    guard reading.settings != nil else {
      throw CommandFailure(reading.diagnostics.map(\.description).joined(separator: "\n"), status: .usage)
    }
    if arguments.isGiven("--merge-driver") {
      try await registerMergeDriver(repository, Settings.defaultState)
    }
    let state = checkout == "." ? Settings.defaultState : "\(checkout)/\(Settings.defaultState)"
    let isNew = (
      configuration: try write(text, to: configuration), state: try write(StateText.firstText, to: state)
    )
    if isNew.configuration, checkout == ".", configuration == "tagkeeper.yaml" {
      Console.out(
        "tagkeeper.yaml is the operator's: a line /tagkeeper.yaml in .git/info/exclude keeps it out of commits\n"
      )
    }
    let images = """
      declare images (tagkeeper set --repository team/images IMAGE DIGEST);
      commit \(state) and create the branches main and production where they are missing;

      """
    Console.out(
      """
      Next: read \(configuration); \(isNew.state ? images : "")then look: tagkeeper doctor, and tagkeeper plan
      \(arguments.isGiven("--merge-driver") ? "" : "To let git merge this file image by image in your checkout: tagkeeper init --merge-driver\n")
      """)
    return .done
  }
}

/// `--registry`, else one to fill in.
/// - Throws: `CommandFailure` with status 64 for what a configuration could not have.
private func registry(_ arguments: Arguments) throws(CommandFailure) -> String {
  guard let given = arguments["--registry"] else { return "https://registry.example.com" }
  let text = Settings.template(checkout: ".", registry: given, channels: [("latest", "production", nil)])
  if let error = Settings.read(Array(text.utf8), path: "").diagnostics.first(where: { $0.severity == .error })
  {
    let remedy = error.remedy.map { ": \($0)" } ?? ""
    throw CommandFailure("--registry \(given.quoted): \(error.message)\(remedy)", status: .usage)
  }
  return given
}

/// - Throws: `CommandFailure` where there is none: no configuration names it yet.
private func repository(at checkout: String) async throws(CommandFailure) -> GitRepository {
  do {
    return try await GitRepository.open(
      checkout.absolute, with: GitProgram(environment: ProcessInfo.processInfo.environment))
  } catch let error as GitError where error.code == .notARepository {
    let remedy = checkout == "." ? "run git init here, or give --checkout PATH" : "check --checkout"
    throw CommandFailure("\(error.problem): \(remedy)")
  } catch {
    throw CommandFailure(error)
  }
}

/// The remote's branch in a clone that has it: a fetch moves that alone, never a local one of the same name.
private func branch(_ name: String, _ repository: GitRepository) async -> String {
  (try? await repository.resolve("origin/\(name)")) == nil ? name : "origin/\(name)"
}

/// The checkout as the configuration has to write it: its relative paths start at its own folder, not at this one.
private func path(of checkout: String, from configuration: String) -> String {
  guard configuration.contains("/"), !checkout.hasPrefix("/") else { return checkout }
  let here = FileManager.default.currentDirectoryPath
  return checkout == "." ? here : "\(here)/\(checkout)"
}

/// - Returns: Whether the file is new.
private func write(_ text: String, to path: String) throws(CommandFailure) -> Bool {
  guard !FileManager.default.fileExists(atPath: path) else {
    Console.out("\(path) exists: left as it is\n")
    return false
  }
  try StateText.makeFolder(of: path)
  do { try FileReplacement.replace(path, with: Array(text.utf8), mode: 0o644) } catch {
    throw CommandFailure(error)
  }
  Console.out("wrote \(path)\n")
  return true
}

/// In the repository's own configuration and `info/attributes`: nothing is committed.
private func registerMergeDriver(
  _ repository: GitRepository, _ statePath: String
) async throws(CommandFailure) {
  do {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let quoted = "'\(program.replacing("'", with: "'\\''"))'"
    // The files of a folder are those that end so, and a single one may have any name.
    let isFile = statePath.split(separator: "/").last?.contains(".") == true
    let pattern = isFile ? "/\(statePath)" : "/\(statePath)/*.yaml"
    let driver = try MergeDriver(
      name: "tagkeeper", title: "desired state, image by image",
      command: "\(quoted) merge-driver %O %A %B %P", pattern: pattern)
    try await repository.registerMergeDriver(driver)
  } catch {
    throw CommandFailure("the merge driver can't be registered: \(error)")
  }
  Console.out("git merges \(statePath) in \(repository.path) with tagkeeper merge-driver\n")
}
