import FoundationEssentials
import LinuxSystem

/// A key that somebody signs commits with, made by the real ssh-keygen or gpg.
package struct SigningKey: Sendable {
  /// What a file of trusted keys has: an allowed signer's line, or a block of ASCII armour.
  package let text: String
  /// `SHA256:…`, or 40 hexadecimal digits.
  package let fingerprint: String
  /// For `git commit -S`.
  let configuration: [String]
  let environment: [String: String]

  /// Of `NAME@example.com`.
  /// - Parameter options: Of the allowed signer, such as `namespaces="git"`.
  package static func ssh(_ name: String, options: String? = nil, in folder: TemporaryDirectory) async throws
    -> SigningKey
  {
    let file = folder("\(name).key")
    try await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file])
    let publicKey = try folder.read("\(name).key.pub").split(separator: "\n")[0]
    let shown = try await run("ssh-keygen", ["-l", "-f", file])
    return SigningKey(
      text: (["\(name)@example.com"] + (options.map { [$0] } ?? []) + ["\(publicKey)"]).joined(
        separator: " "),
      fingerprint: String(shown.split(separator: " ")[1]),
      configuration: ["gpg.format=ssh", "gpg.ssh.program=ssh-keygen", "user.signingKey=\(file)"],
      environment: [:])
  }

  /// Of `NAME <NAME@example.com>`, in a home of gpg's own; its agent ends with the folder.
  /// - Parameters:
  ///   - time: When the key is made and used, such as `20200101T000000`; nil for now.
  ///   - expiry: Behind that, such as `1y`.
  package static func openPGP(
    _ name: String, time: String? = nil, expiry: String = "never", in folder: TemporaryDirectory
  ) async throws -> SigningKey {
    let home = folder("gnupg-\(name)")
    try FileManager.default.createDirectory(
      atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    if let time { try folder.write("faked-system-time \(time)!\n", to: "gnupg-\(name)/gpg.conf") }
    let user = "\(name) <\(name)@example.com>"
    try await run(
      "gpg", ["--batch", "--passphrase", "", "--quick-generate-key", user, "ed25519", "sign", expiry], home)
    let listing = try await run("gpg", ["--batch", "--with-colons", "--list-keys"], home)
    let record = listing.split(separator: "\n").first { $0.hasPrefix("fpr:") }
    let fingerprint = String(record!.split(separator: ":")[1])
    return SigningKey(
      text: try await run("gpg", ["--batch", "--armor", "--export"], home), fingerprint: fingerprint,
      configuration: [
        "gpg.format=openpgp", "gpg.program=gpg", "gpg.openpgp.program=gpg", "user.signingKey=\(fingerprint)",
      ],
      environment: ["GNUPGHOME": home])
  }

  /// The OpenPGP key once its owner has revoked it.
  package func revoked() async throws -> SigningKey {
    let home = environment["GNUPGHOME"]!
    let file = "\(home)/openpgp-revocs.d/\(fingerprint).rev"
    // A colon keeps people from using it by mistake.
    let text = String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
    try Data(text.replacing(":-----BEGIN", with: "-----BEGIN").utf8).write(to: URL(filePath: file))
    try await Self.run("gpg", ["--batch", "--import", file], home)
    return SigningKey(
      text: try await Self.run("gpg", ["--batch", "--armor", "--export"], home), fingerprint: fingerprint,
      configuration: configuration, environment: environment)
  }

  @discardableResult
  private static func run(_ program: String, _ arguments: [String], _ home: String? = nil) async throws
    -> String
  {
    var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"]
    if let home { environment["GNUPGHOME"] = home }
    let command = Command(program, arguments, environment: environment)
    let done = try await ChildProcess.run(command, timeout: .seconds(60))
    struct Failed: Error { let said: String }
    guard done.termination.isSuccess else {
      throw Failed(said: "\(command): \(String(decoding: done.errorOutput, as: UTF8.self))")
    }
    return String(decoding: done.output, as: UTF8.self)
  }
}

extension TemporaryGitRepository {
  /// Signs the commit that is checked out, which gets another id; that.
  @discardableResult
  package func sign(with key: SigningKey) async throws -> String {
    try await git(
      key.configuration.flatMap { ["-c", $0] } + [
        "commit", "-q", "--amend", "--no-edit", "--allow-empty", "--allow-empty-message", "-S",
      ],
      extra: key.environment)
    return try await tip()
  }

  /// The commit `id` with other words, and the signature that it had; not on any branch.
  package func forge(_ id: String) async throws -> String {
    let object = try await git("cat-file", "commit", id)
    return try await feed(Array("\(object) forged\n".utf8), "hash-object", "-t", "commit", "-w", "--stdin")
  }
}
