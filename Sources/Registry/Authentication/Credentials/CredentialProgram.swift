import LinuxSystem
import Model

/// A program `docker-credential-NAME` (docker-credential-helpers): `get` reads a server from its input and writes JSON.
///
/// Redacted for its environment, which may have a password.
struct CredentialProgram: Sendable, Redacted {
  let name: String
  /// What it is asked about.
  let server: String
  /// All of the program's environment.
  let environment: [String: String]
  let timeout: Duration
  /// Which file names it, for people.
  let namedBy: String

  var description: String { "\(program) (for \(server))" }

  private var program: String { "docker-credential-\(name)" }

  private struct Answer: Decodable, Redacted {
    let username: String
    let secret: String

    private enum CodingKeys: String, CodingKey {
      case username = "Username"
      case secret = "Secret"
    }
  }

  /// What it says; nil where it has none for `server`. An error never has a word of the program's output: that may be
  /// the secret.
  func outcome() async -> Result<RegistryCredentials?, RegistryError> {
    await Result(catching: credentials)
  }

  private func credentials() async throws(RegistryError) -> RegistryCredentials? {
    guard name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil else {
      throw RegistryError(
        .unauthorized,
        "\(namedBy) names the credential helper \(name.quoted): that is not a name; mend the file")
    }
    let command = Command(program, ["get"], environment: environment)
    let done: CompletedProcess
    do {
      done = try await ChildProcess.run(
        command, input: Array(server.utf8), outputLimit: 64 << 10, timeout: timeout)
    } catch let error as ChildProcessError {
      throw failure(error)
    } catch is CancellationError {
      throw RegistryError(.cancelled, "cancelled while \(program) was asked for credentials")
    } catch {
      throw failure("it can't be started: \(error)")
    }
    guard done.termination.isSuccess else {
      if done.output.firstRange(of: Array("credentials not found in native keychain".utf8)) != nil {
        return nil
      }
      throw failure("it ended with \(done.termination)")
    }
    guard let answer = Answer(json: done.output) else { throw failure("its answer is not a helper's JSON") }
    do { return try RegistryCredentials.user(answer.username, answer.secret) } catch {
      throw failure(error.problem)
    }
  }

  private func failure(_ error: ChildProcessError) -> RegistryError {
    switch error.code {
    case .notFound:
      // A shell may well find it: a service's PATH is another.
      failure(
        "it is in no folder of tagkeeper's PATH",
        remedy: "install it in one, or set PATH where tagkeeper is started")
    case .timedOut: failure("it gave no answer within \(timeout)")
    case .outputTooLarge: failure("it wrote more than 64 KiB")
    case .system, .ended: failure("it failed\(error.cause.map { ": \($0)" } ?? "")")
    }
  }

  private func failure(_ reason: String, remedy: String? = nil) -> RegistryError {
    let remedy = remedy ?? "see what it says: echo \(server) | \(program) get"
    return RegistryError(
      .unauthorized,
      "the credential helper \(program), which \(namedBy) names, gave no credentials for \(server): \(reason); \(remedy)"
    )
  }
}
