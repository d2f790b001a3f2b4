import YAML
import Configuration
import FoundationEssentials
import GitCheckout
import LinuxSystem
import Model
import Reconciler
import StateFile

/// What a command works with, made from the configuration: each part when it is first needed.
struct Workspace {
  let settings: Settings
  /// Without what the service manager gave for this process alone: children get it.
  let environment: [String: String]
  let time = SystemTime()
  /// As it was found, or named.
  let configurationPath: String

  /// - Throws: `CommandFailure` with the configuration's diagnostics.
  init(_ arguments: Arguments) throws(CommandFailure) {
    environment = ProcessInfo.processInfo.environment.filter { !NotifyEnvironment.variables.contains($0.key) }
    let path = try Self.configurationPath(arguments, environment)
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandFailure(
        "\(path) can't be read: check the path and its mode, or write one with tagkeeper init")
    }
    let reading = Settings.read(Array(bytes), path: path)
    guard let settings = reading.settings else {
      throw CommandFailure(reading.diagnostics.map(\.description).joined(separator: "\n"))
    }
    self.settings = settings
    configurationPath = path.absolute
  }

  /// Absolute: a log's reader does not know in which folder the daemon was started.
  var checkout: String { settings.checkout.absolute }

  /// As a state directory has it: a folder's whole path.
  private var registryName: String {
    switch settings.registry {
    case .registry(let url): url.description
    case .layouts(let path): "oci:\(path.absolute)"
    }
  }

  /// The configuration where there is one; nil where none is found and none was named.
  /// - Throws: `CommandFailure` where it is broken.
  static func ifConfigured(_ arguments: Arguments) throws(CommandFailure) -> Workspace? {
    let environment = ProcessInfo.processInfo.environment
    let isNamed = arguments["--config"] != nil || environment["TAGKEEPER_CONFIG"] != nil
    if !isNamed, (try? configurationPath(arguments, environment)) == nil { return nil }
    return try Workspace(arguments)
  }

  private static func configurationPath(
    _ arguments: Arguments, _ environment: [String: String]
  ) throws(CommandFailure) -> String {
    do {
      return try Settings.path(
        flag: arguments["--config"], environment: environment["TAGKEEPER_CONFIG"],
        exists: FileManager.default.fileExists)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// In the branch's tree: where the state is, then where it was.
  var statePaths: [String] { [settings.state] + settings.statePaths }

  var channels: [ChannelSettings] {
    settings.channels.map { channel in
      let source = settings.channels.first { $0.name == channel.createFrom }
      return ChannelSettings(
        name: channel.name, branch: channel.branch, template: channel.tag,
        createFrom: source.map { .init(channel: $0.name, branch: $0.branch) }, keep: channel.keep,
        sources: channel.sources, reportsDrift: channel.drift == .report)
    }
  }

  /// The same, each after the one that it creates from; the configuration has no circles.
  var channelsAfterTheirSources: [ChannelSettings] {
    var sorted: [ChannelSettings] = []
    var waiting = channels
    while let next = waiting.firstIndex(where: { channel in
      !waiting.contains { $0.name == channel.createFrom?.channel }
    }) {
      sorted.append(waiting.remove(at: next))
    }
    return sorted
  }

  /// The channels that `--channel` and `--rev` leave: one, or all.
  /// - Throws: `CommandFailure` for a name that is not configured, and for a commit that several channels would take.
  func channels(chosenBy arguments: Arguments) throws(CommandFailure) -> [ChannelSettings] {
    if let name = arguments["--channel"] { return [try channel(named: name)] }
    guard arguments["--rev"] == nil || channels.count == 1 else {
      throw CommandFailure("--rev is for one channel: give --channel NAME too", status: .usage)
    }
    return channels
  }

  /// - Throws: `CommandFailure` for a name that is not configured.
  func channel(named name: String) throws(CommandFailure) -> ChannelSettings {
    guard let channel = channels.first(where: { $0.name == name }) else {
      let known = channels.map(\.name).joined(separator: ", ")
      throw CommandFailure(
        "there is no channel \(name.quoted): the configuration has \(known)", status: .usage)
    }
    return channel
  }

  /// The folder that `--state-dir`, `$STATE_DIRECTORY` or `$HOME` gives, if it serves this configuration.
  /// - Throws: `CommandFailure` where it serves another, or none is given.
  func stateDirectory(_ arguments: Arguments) throws(CommandFailure) -> StateDirectory {
    try StateDirectory(
      flag: arguments["--state-dir"], environment: environment,
      service: .init(registry: registryName, checkout: checkout))
  }

  func acceptances(_ directory: StateDirectory) -> AcceptanceFiles {
    AcceptanceFiles(directory: directory.path.absolute, configuration: configurationPath)
  }

  /// - Parameter isHeld: by this process, which writes.
  func suspensions(_ directory: StateDirectory, isHeld: Bool = false) -> SuspensionFile {
    SuspensionFile(directory: directory.path.absolute, isHeld: isHeld)
  }

  /// - Throws: `CommandFailure` where the checkout can't be opened.
  func repository() async throws(CommandFailure) -> GitRepository {
    try await Self.repository(at: checkout, environment)
  }

  /// - Throws: `CommandFailure` where it can't be opened.
  static func repository(
    at path: String, _ environment: [String: String]
  ) async throws(CommandFailure) -> GitRepository {
    do {
      return try await GitRepository.open(path, with: GitProgram(environment: environment))
    } catch {
      throw CommandFailure(error)
    }
  }

  /// - Throws: `CommandFailure` where the keys of `verify` can't be read.
  func stateSource(_ repository: GitRepository) async throws(CommandFailure) -> GitStateSource {
    GitStateSource(repository, self, verifier: try await verifier(repository))
  }

  /// What judges commits' signatures; nil where the configuration asks for none.
  /// - Throws: `CommandFailure` where the keys can't be read, or what judges them is not installed.
  func verifier(_ repository: GitRepository) async throws(CommandFailure) -> CommitVerifier? {
    guard let verify = settings.verify else { return nil }
    let scope: CommitVerifier.Scope =
      switch verify.mode {
      case .head: .tip
      case .all: .everyCommit
      }
    do { return try await CommitVerifier.open(verify.keys.absolute, scope, in: repository) } catch {
      throw CommandFailure(error)
    }
  }

  /// One state, with the tags checked that its channels make.
  func read(_ texts: [StateText], today: Day? = nil) -> StateFile.StateReading {
    StateText.read(
      texts, templates: channels.map(\.template), keepTemplates: channels.compactMap(\.keep), today: today)
  }
}

extension String {
  /// From the root on, with `.` left out; `..` stays, because it may cross a symbolic link.
  var absolute: String {
    if hasPrefix("/") { return self }
    let here = FileManager.default.currentDirectoryPath
    let path = split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    return path.isEmpty ? here : "\(here)/\(path)"
  }
}
