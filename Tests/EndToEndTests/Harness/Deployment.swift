import FoundationEssentials
import Glibc
import HTTPClient
import LinuxSystem
import Model
import Registry
import StateFile
import TestSupport
import Testing

/// A checkout, a registry and a state directory of one test, and the built program between them.
///
/// The channel `latest` follows `production` with `{image}-latest`, `staging` follows `main` with `{image}-staging`; the
/// repository is `team/app`. `production` is checked out and empty of commits' state until `declare` is called.
final class Deployment {
  let folder: TemporaryDirectory
  let git: TemporaryGitRepository
  /// What `tagkeeper.yaml` names as the checkout: `git`'s, or a bare repository that `git` has to push to.
  let checkout: String
  let registry: RegistryClient
  let transport: Transport
  let pusher: ImagePusher
  private let channels: String
  private let settings: String
  private let listen: String
  let team = try! RepositoryName("team/app")  // a literal that is a name

  init(
    in folder: TemporaryDirectory, registry address: RegistryURL, bare: Bool = false,
    channels: String = """
    staging: {branch: main, tag: "{image}-staging"}
      latest: {branch: production, tag: "{image}-latest"}
    """,
    settings: String = "poll: 1s\nsweep: 1s", listen: String = "none"
  ) async throws {
    self.folder = folder
    (self.channels, self.settings, self.listen) = (channels, settings, listen)
    transport = try Transport(userAgent: "tests")
    registry = RegistryClient(address, transport: transport)
    pusher = ImagePusher(address, transport: transport)
    git = try await TemporaryGitRepository(folder("checkout"))
    try await git.commit(["README": "empty"], message: "first")
    try await git.checkOut("production")
    checkout = folder(bare ? "checkout.git" : "checkout")
    if bare { _ = try await git.clone(to: checkout, "--bare") }
    try configure(address)
    let written = [folder("state"), folder("daemon.log")]
    folder.atEnd {
      for finding in written.flatMap(SecretSearch.findings(at:)) { Issue.record("\(finding)") }
    }
  }

  /// Makes `address` the registry of what is started from now on.
  func configure(_ address: RegistryURL) throws {
    let configuration = """
      version: 1
      checkout: \(checkout)
      registry: \(address)
      channels:
        \(channels)
      listen: \(listen)
      \(settings)
      """
    try folder.write(configuration, to: "tagkeeper.yaml")
    // The state directory is of one registry: this one moved.
    try? FileManager.default.removeItem(atPath: folder("state/serves"))
  }

  // The registry

  /// Pushes an image by digest alone; equal contents are equal digests.
  @discardableResult
  func push(_ content: String, to repository: RepositoryName? = nil) async throws -> Digest {
    try await pusher.push(content, to: repository ?? team)
  }

  /// As somebody with a client of their own would.
  func move(_ tag: String, to content: String) async throws {
    try await pusher.push(content, to: team, as: TagName(tag))
  }

  /// What each tag that the registry lists points to; nil for one that dangles.
  func tags() async throws -> [String: Digest?] {
    let listed = try await registry.tags(in: team).map { TagReference(team, $0) }
    let answers = await registry.observe(listed)
    return try Dictionary(
      uniqueKeysWithValues: listed.map { reference in
        switch answers[reference] {
        case .present(let digest): (reference.tag.description, digest)
        case .absent: (reference.tag.description, nil)
        case .unknown(let failure): throw TagUnknown(reason: failure.message)
        case nil: throw TagUnknown(reason: "\(reference) was not asked about")
        }
      })
  }

  // The branch

  /// Commits the state to the branch that is checked out.
  @discardableResult
  func declare(
    _ images: [String: Digest], in repository: RepositoryName? = nil, message: String = "Change the state",
    comment: String = ""
  ) async throws -> CommitID {
    let entries = try images.map { image, digest in
      DesiredState.Entry(key: ImageKey(repository ?? team, try ImageName(image)), digest: digest)
    }
    let state = StateText(path: "images.yaml", state: try DesiredState(entries))
    let text = comment + String(decoding: state.bytes, as: UTF8.self)
    let id = try await git.commit(["desired-state/images.yaml": text], message: message)
    return try CommitID(id)
  }

  // The program

  /// Runs a command to its end.
  func tagkeeper(_ arguments: String..., environment: [String: String] = [:]) async throws -> FinishedProgram
  {
    try await tagkeeper(arguments, environment: environment)
  }

  func tagkeeper(
    _ arguments: [String], environment: [String: String] = [:], timeout: Duration = .seconds(60)
  ) async throws -> FinishedProgram {
    try await FinishedProgram(command(arguments, environment), timeout: timeout)
  }

  /// Starts the daemon; its log goes to `daemon.log` in the folder.
  func startDaemon(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> ChildProcess {
    try ChildProcess.start(
      command(["run"] + arguments, environment), errorOutput: .file(folder("daemon.log")))
  }

  /// Calls `body` beside a running daemon, which must end well when it is asked to afterwards.
  func withDaemon(
    _ arguments: String..., environment: [String: String] = [:],
    isolation: isolated (any Actor)? = #isolation, _ body: (ChildProcess) async throws -> Void
  ) async throws {
    let daemon = try startDaemon(arguments, environment: environment)
    do {
      try await body(daemon)
      daemon.signal(SIGTERM)
      #expect(await daemon.wait() == .exited(status: 0), "\(log)")
    } catch {
      daemon.kill()
      _ = await daemon.wait()
      Issue.record("the daemon's log: \(log)")
      throw error
    }
  }

  var log: String { (try? folder.read("daemon.log")) ?? "" }

  /// The program with this deployment's configuration and state directory.
  private func command(_ arguments: [String], _ environment: [String: String]) -> Command {
    Command(
      FinishedProgram.path,
      arguments + ["--config", folder("tagkeeper.yaml"), "--state-dir", folder("state")],
      environment: git.environment.merging(environment) { $1 }, workingDirectory: folder.path)
  }
}

/// The registry did not say what a tag points to.
private struct TagUnknown: Error { let reason: String }

/// Waits until `condition` holds.
func until(_ condition: () async throws -> Bool) async throws {
  while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
}
