import LinuxSystem

/// What git has a signature judged by.
enum SignatureProgram: String {
  case sshKeygen = "ssh-keygen"
  case gpg

  private var package: String {
    switch self {
    case .sshKeygen: "openssh-client"
    case .gpg: "gnupg"
    }
  }

  var missing: GitError {
    GitError(
      .programMissing, "verify: there is no \(rawValue) in PATH to judge signatures",
      remedy: "install it (Debian's package \(package))")
  }

  /// - Throws: `GitError.programMissing`.
  func require(_ program: GitProgram) throws(GitError) {
    guard Command(rawValue, environment: program.environment).executablePath() != nil else { throw missing }
  }
}
