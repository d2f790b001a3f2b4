import FoundationEssentials
import LinuxSystem

/// The keys of a `KeyFile` as git's programs read them, in a folder that lasts for one judgement: what cleans temporary
/// folders by their age would take the keys from a process that runs for weeks. Nothing but public keys is in it.
struct Keyring: Sendable {
  private let folder: TemporaryFolder
  /// Of the OpenPGP keys that were imported.
  private(set) var fingerprints: Set<Substring> = []

  /// An allowed-signers file, which may be empty.
  var signers: String { "\(folder.path)/signers" }
  /// gpg's home: a keyring of its own, and no agent.
  var home: String { "\(folder.path)/gnupg" }

  /// Without the OpenPGP keys. Blocks.
  /// - Throws: `GitError.unreadable` where the folder can't be written.
  init(_ keys: KeyFile) throws(GitError) {
    let folder: TemporaryFolder
    do throws(SystemError) { folder = try TemporaryFolder(for: "keys") } catch {
      throw GitError(.unreadable, "signatures can't be judged: \(error)")
    }
    self.folder = folder
    do {
      try FileManager.default.createDirectory(
        atPath: home, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      try Data("no-autostart\nno-auto-key-retrieve\n".utf8).write(to: URL(filePath: "\(home)/gpg.conf"))
      try Data(keys.signers.map { $0.text + "\n" }.joined().utf8).write(to: URL(filePath: signers))
    } catch {
      folder.remove()
      throw GitError(.unreadable, "signatures can't be judged: \(folder.path) can't be written: \(error)")
    }
  }

  /// Blocks.
  func remove() { folder.remove() }

  /// Whether a good signature is by one of the imported keys: gpg's configuration in /etc may name other keyrings. The last
  /// word of VALIDSIG is the primary key's fingerprint (doc/DETAILS of GnuPG).
  func lists(signerIn statusLines: String) -> Bool {
    let lines = statusLines.split(separator: "\n").filter { $0.hasPrefix("[GNUPG:] VALIDSIG ") }
    let signers = lines.compactMap { $0.split(separator: " ").last }
    return !signers.isEmpty && signers.allSatisfy(fingerprints.contains)
  }

  /// Reads the OpenPGP keys of `keys` into the keyring.
  /// - Throws: `GitError`: `badKeys`, `programMissing`, `unreadable`; `CancellationError`, `SystemError`.
  mutating func importKeys(_ keys: KeyFile, with program: GitProgram) async throws {
    guard !keys.armour.isEmpty else { return }
    var gpg = Command(
      "gpg", ["--batch", "--no-tty", "--status-fd=1", "--import"], environment: program.environment)
    gpg.environment["GNUPGHOME"] = home
    let input = Array(keys.armour.map { $0 + "\n" }.joined().utf8)
    let done: CompletedProcess
    do { done = try await ChildProcess.run(gpg, input: input, timeout: program.timeout) } catch {
      guard let error = error as? ChildProcessError else { throw error }
      throw error.code == .notFound ? SignatureProgram.gpg.missing : GitError(.unreadable, "\(error)")
    }
    // doc/DETAILS of GnuPG: `[GNUPG:] IMPORT_OK REASON FINGERPRINT`.
    for line in done.outputText.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 4, words[1] == "IMPORT_OK" { fingerprints.insert(words[3]) }
    }
    guard done.termination.isSuccess, !fingerprints.isEmpty else {
      throw GitError(
        .badKeys, "\(keys.path): gpg can't read each of the OpenPGP keys in it",
        remedy: "gpg --show-keys \(keys.path) says why; write what gpg --armor --export KEY prints")
    }
  }
}
