import Glibc
import LinuxSystem

/// Debian's `skopeo`, which judges what was copied: another program that reads registries and layouts.
///
/// Tests that need it carry `.enabled(if: Skopeo.isExpected, Skopeo.absence)`: they are skipped without it, but not in CI.
package enum Skopeo {
  package static let executable = "/usr/bin/skopeo"
  package static let absence = "skopeo is not installed: apt-get install skopeo"

  package static var isExpected: Bool {
    access(executable, X_OK) == 0 || getenv("CI").map { String(cString: $0) } == "true"
  }

  /// The manifest's own bytes. `image` is such as `oci:PATH:TAG` or `docker://HOST/REPOSITORY:TAG`.
  package static func inspect(_ image: String) async throws -> [UInt8] {
    let tls = image.hasPrefix("docker:") ? ["--tls-verify=false"] : []
    return try await run(["inspect", "--raw"] + tls + [image])
  }

  /// Copies every image of an index.
  /// - Parameter folder: For the policy that trusts what the tests made.
  package static func copy(
    _ source: String, to target: String, folder: TemporaryDirectory, preservingDigests: Bool = true
  ) async throws {
    let policy = try folder.write(#"{"default":[{"type":"insecureAcceptAnything"}]}"#, to: "policy.json")
    let preserve = preservingDigests ? ["--preserve-digests"] : []
    _ = try await run(
      ["--policy", policy, "copy", "--all"] + preserve
        + ["--src-tls-verify=false", "--dest-tls-verify=false", source, target])
  }

  private static func run(_ arguments: [String]) async throws -> [UInt8] {
    let command = Command(
      executable, arguments, environment: ["HOME": "/nonexistent", "NO_PROXY": "127.0.0.1"])
    let result = try await ChildProcess.run(command, timeout: .seconds(60))
    guard result.termination.isSuccess else {
      throw Failed(arguments: arguments, said: String(decoding: result.errorOutput, as: UTF8.self))
    }
    return result.output
  }

  private struct Failed: Error, CustomStringConvertible {
    let arguments: [String]
    let said: String

    var description: String { "skopeo \(arguments.joined(separator: " ")): \(said)" }
  }
}
