import Glibc
import LinuxSystem

/// A program of a Debian package, which judges what was made for it.
///
/// Tests that need it carry `.enabled(if: DebianProgram.zsh.isExpected, "\(DebianProgram.zsh.absence)")`: they are skipped
/// without it, but not in CI.
package struct DebianProgram: Sendable {
  package static let bash = DebianProgram("/usr/bin/bash", package: "bash")
  package static let fish = DebianProgram("/usr/bin/fish", package: "fish")
  package static let mandoc = DebianProgram("/usr/bin/mandoc", package: "mandoc")
  package static let systemdAnalyze = DebianProgram("/usr/bin/systemd-analyze", package: "systemd")
  package static let zsh = DebianProgram("/usr/bin/zsh", package: "zsh")

  private let path: String
  private let package: String

  private init(_ path: String, package: String) { (self.path, self.package) = (path, package) }

  package var isExpected: Bool {
    access(path, X_OK) == 0 || getenv("CI").map { String(cString: $0) } == "true"
  }

  package var absence: String { "\(path) is not installed: apt-get install \(package)" }

  /// Runs it to its end.
  /// - Returns: Whether its exit status was 0, and what it wrote.
  package func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], in folder: String? = nil
  ) async throws -> (isSuccess: Bool, output: String, errors: String) {
    let base = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"]
    let done = try await ChildProcess.run(
      Command(
        path, arguments, environment: base.merging(environment) { $1 }, workingDirectory: folder),
      input: Array(input.utf8), timeout: .seconds(60))
    return (
      done.termination.isSuccess, String(decoding: done.output, as: UTF8.self),
      String(decoding: done.errorOutput, as: UTF8.self)
    )
  }
}
