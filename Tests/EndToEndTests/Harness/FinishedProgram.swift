import Glibc
import LinuxSystem
import TestSupport
import Testing

/// A run of the built program that has ended.
struct FinishedProgram {
  /// Nil where a signal ended it.
  let status: Int32?
  let output: String
  let errors: String

  init(_ command: Command, timeout: Duration = .seconds(60)) async throws {
    let done = try await ChildProcess.run(command, timeout: timeout)
    status = if case .exited(let status) = done.termination { status } else { nil }
    output = String(decoding: done.output, as: UTF8.self)
    errors = String(decoding: done.errorOutput, as: UTF8.self)
    let words = command.arguments.prefix(1).joined()
    let findings = SecretSearch.findings(in: [("\(words)'s output", output), ("\(words)'s errors", errors)])
    for finding in findings { Issue.record("\(finding)") }
  }

  /// The program beside the test bundle, or what $TAGKEEPER names.
  static let path: String = {
    if let given = getenv("TAGKEEPER") { return String(cString: given) }
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    let products = bundle.split(separator: "/").prefix { !$0.hasSuffix(".xctest") }.joined(separator: "/")
    return "/\(products)/tagkeeper"
  }()
}

/// Runs the program in `folder`, with nothing of this machine's environment and no configuration but one that is there.
func tagkeeper(
  _ arguments: String..., in folder: TemporaryDirectory, environment: [String: String] = [:]
) async throws -> FinishedProgram {
  try await tagkeeper(arguments, in: folder, environment: environment)
}

func tagkeeper(
  _ arguments: [String], in folder: TemporaryDirectory, environment: [String: String] = [:]
) async throws -> FinishedProgram {
  let base = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.path, "LC_ALL": "C"]
  return try await FinishedProgram(
    Command(
      FinishedProgram.path, arguments, environment: base.merging(environment) { $1 },
      workingDirectory: folder.path))
}

/// The same, with arguments that a test collected.
func tagkeeper(
  _ command: String, words: [String], in folder: TemporaryDirectory
) async throws -> FinishedProgram {
  try await FinishedProgram(
    Command(
      FinishedProgram.path, [command] + words,
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.path, "LC_ALL": "C"],
      workingDirectory: folder.path))
}
