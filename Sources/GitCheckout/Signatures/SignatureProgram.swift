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
    guard path(program) != nil else { throw missing }
  }

  /// Where it is: not by a relative folder of PATH, which git would look up in the checkout.
  func path(_ program: GitProgram) -> String? {
    var environment = program.environment
    environment["PATH"] = environment["PATH"]?.split(separator: ":").filter { $0.hasPrefix("/") }
      .joined(separator: ":")
    return Command(rawValue, environment: environment).executablePath()
  }
}
