import LinuxSystem
import Model

extension GitRepository {
  /// Whether the signature of `commit` is by a key of `keyring` (git-verify-commit(1)): its exit status says so, and
  /// nothing else. What git's own configuration says of programs and keys does not count; of keys that were revoked
  /// (gpg.ssh.revocationFile) it does, because that can refuse alone.
  /// - Throws: `GitError`: `unreadable`, `programMissing`; `CancellationError`, `SystemError`.
  nonisolated func judge(_ commit: CommitID, by keyring: Keyring, of keys: KeyFile) async throws
    -> SignatureVerdict
  {
    let signed = try await signedCommit(commit)
    guard signed.isInOrder else {
      return .refused("\(signed) has a header in another order than git's, which can hide what was signed")
    }
    switch signed.form {
    case nil: return .refused("\(signed) is not signed")
    case .x509:
      return .refused("\(signed) is signed by an X.509 certificate, and only SSH and OpenPGP keys count")
    case .other: return .refused("\(signed) has a signature of a form that git does not know")
    case .ssh?: try SignatureProgram.sshKeygen.require(program)
    case .openPGP?: try SignatureProgram.gpg.require(program)
    }
    var command = program.command(in: path, pinned(keyring) + ["verify-commit", "--raw", "\(commit)"])
    command.environment["GNUPGHOME"] = keyring.home
    let done = try await run(command, timeout: program.timeout)
    if done.termination.isSuccess {
      guard signed.form == .openPGP, !keyring.lists(signerIn: done.errorText) else { return .good }
      // A configuration of gpg's in /etc names other keyrings.
      return .refused("\(signed) is signed by an OpenPGP key that \(keys.path) does not list")
    }
    // git hints at grafts, which it was told to have none of.
    let lines = done.errorText.split(whereSeparator: \.isNewline).map(String.init)
      .filter { !$0.hasPrefix("hint: ") }
    if case .exited = done.termination, let form = signed.form,
      let reason = SignatureFault(form, said: lines, keyFile: keys.path).reason
    {
      return .refused("\(signed) \(reason)")
    }
    let said = lines.isEmpty ? "\(done.termination)" : lines.joined(separator: "; ")
    return .unknown("whether \(signed) is signed by a listed key can't be told: \(said)")
  }

  /// Configuration on the command line goes before every file's (git-config(1), gpg.*).
  private nonisolated func pinned(_ keyring: Keyring) -> [String] {
    let gpg = SignatureProgram.gpg.path(program) ?? "false"
    let sshKeygen = SignatureProgram.sshKeygen.path(program) ?? "false"
    return [
      "gpg.program=\(gpg)", "gpg.openpgp.program=\(gpg)", "gpg.minTrustLevel=undefined",
      "gpg.ssh.program=\(sshKeygen)", "gpg.ssh.allowedSignersFile=\(keyring.signers)",
      // The system may trust certificates that nobody listed here.
      "gpg.x509.program=false",
    ].flatMap { ["-c", $0] }
  }
}

/// Whether a commit may be applied, by its signature.
package enum SignatureVerdict: Hashable, Sendable {
  case good
  /// The commit, its author, and why its signature does not count.
  case refused(String)
  /// It can't be told: why, and the remedy where there is one.
  case unknown(String)
}

extension SignedCommit: CustomStringConvertible {
  /// For messages: `commit 4f2e8a01c9d3 by Ada <ada@example.com>`.
  var description: String { "commit \(id.short) by \(author)" }
}
