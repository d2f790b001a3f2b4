import FoundationEssentials
import GitCheckout
import LinuxSystem
import Model
import TestSupport
import Testing

/// Whose signature counts, by the real git, ssh-keygen and gpg.
@Suite(.timeLimit(.minutes(10))) struct SignatureTests {
  private let remedy =
    "land a commit on top that is signed by a listed key (an empty one will do: git commit --allow-empty -S)"

  /// What is said of the commit that is checked out, where `keys` are listed.
  private func verdict(
    on repository: TemporaryGitRepository, _ directory: TemporaryDirectory, _ keys: [SigningKey],
    extra: [String: String] = [:]
  ) async throws -> SignatureVerdict {
    let file = try directory.write(keys.map { $0.text + "\n" }.joined(), to: "keys")
    let verifier = try await CommitVerifier.open(file, .tip, in: repository.opened(extra: extra))
    return await verifier.verdict(on: try CommitID(await repository.tip()), after: nil)
  }

  /// The refusal without the commit's id, the remedy, and the folder.
  private func words(_ verdict: SignatureVerdict, _ directory: TemporaryDirectory) -> String {
    guard case .refused(let reason) = verdict else { return "\(verdict)" }
    return reason.replacing(/commit [0-9a-f]{12}/, with: "commit ID").replacing(": \(remedy)", with: "")
      .replacing(directory.path, with: "FOLDER")
  }

  @Test func aListedKeyCountsAndNoSignatureDoesNot() async throws {
    try await withRepository { directory, repository in
      let keys = [
        try await SigningKey.ssh("ada", in: directory), try await .openPGP("bea", in: directory),
        try await .ssh("cleo", options: #"namespaces="git,file",valid-after="20200101""#, in: directory),
      ]
      let id = try CommitID(await repository.commit(["a": "1"]))
      #expect(
        try await verdict(on: repository, directory, keys)
          == .refused("commit \(id.short) by Ada <ada@example.com> is not signed: \(remedy)"))
      for key in keys {
        try await repository.sign(with: key)
        #expect(try await verdict(on: repository, directory, keys) == .good)
        #expect(try await verdict(on: repository, directory, [key]) == .good)
      }
    }
  }

  @Test func aKeyThatIsNotListedIsNamedByItsFingerprint() async throws {
    try await withRepository { directory, repository in
      let (ada, bea) = (
        try await SigningKey.ssh("ada", in: directory), try await SigningKey.openPGP("bea", in: directory)
      )
      try await repository.commit(["a": "1"])
      try await repository.sign(with: ada)
      #expect(
        words(try await verdict(on: repository, directory, [bea]), directory)
          == "commit ID by Ada <ada@example.com> is signed by the ED25519 key \(ada.fingerprint), which FOLDER/keys "
          + "does not list")
      try await repository.sign(with: bea)
      #expect(
        words(try await verdict(on: repository, directory, [ada]), directory)
          == "commit ID by Ada <ada@example.com> is signed by the OpenPGP key \(bea.fingerprint), which FOLDER/keys "
          + "does not list")
    }
  }

  @Test func aCommitThatWasChangedAfterItWasSignedIsRefused() async throws {
    try await withRepository { directory, repository in
      let keys = [
        try await SigningKey.ssh("ada", in: directory), try await .openPGP("bea", in: directory),
      ]
      try await repository.commit(["a": "1"])
      var said: [String] = []
      for key in keys {
        let forged = try await repository.forge(repository.sign(with: key))
        try await repository.git("reset", "-q", "--hard", forged)
        said.append(words(try await verdict(on: repository, directory, keys), directory))
      }
      #expect(
        said == [
          "commit ID by Ada <ada@example.com> has an SSH signature of another content: it was changed",
          "commit ID by Ada <ada@example.com> has a signature of another content by the OpenPGP key "
            + "\(keys[1].fingerprint.suffix(16)) of bea <bea@example.com>: it was changed",
        ])
    }
  }

  @Test func anOpenPGPKeyThatExpiredOrWasRevokedCountsNoMore() async throws {
    try await withRepository { directory, repository in
      let old = try await SigningKey.openPGP("old", time: "20200101T000000", expiry: "1y", in: directory)
      let lost = try await SigningKey.openPGP("lost", in: directory)
      try await repository.commit(["a": "1"])
      try await repository.sign(with: old)
      #expect(
        words(try await verdict(on: repository, directory, [old, lost]), directory)
          == "commit ID by Ada <ada@example.com> is signed by the OpenPGP key \(old.fingerprint) of old <old@example.com>, "
          + "which has expired")
      try await repository.sign(with: lost)
      #expect(try await verdict(on: repository, directory, [old, lost]) == .good)
      #expect(
        words(try await verdict(on: repository, directory, [old, lost.revoked()]), directory)
          == "commit ID by Ada <ada@example.com> is signed by the OpenPGP key \(lost.fingerprint) of "
          + "lost <lost@example.com>, which was revoked")
    }
  }

  @Test func anSSHKeyCountsWithinWhatItsLineAllows() async throws {
    try await withRepository { directory, repository in
      let past = try await SigningKey.ssh("past", options: #"valid-before="20250101""#, in: directory)
      let files = try await SigningKey.ssh("files", options: #"namespaces="file""#, in: directory)
      try await repository.commit(["a": "1"])
      var said: [String] = []
      for key in [past, files] {
        try await repository.sign(with: key)
        said.append(words(try await verdict(on: repository, directory, [past, files]), directory))
      }
      #expect(
        said == [
          "commit ID by Ada <ada@example.com> is signed by the ED25519 key \(past.fingerprint), which FOLDER/keys does not "
            + "list for that time: key has expired: verify time 2026-01-01T00:01:00 > valid-before 2025-01-01T00:00:00",
          "commit ID by Ada <ada@example.com> is signed by an SSH key that FOLDER/keys lists for other namespaces than git",
        ])
    }
  }

  /// Behind a signature git reads no parent, and checks it as if it stood where git writes it: `all` would miss what
  /// the merge brought.
  @Test(arguments: [1, 2]) func aMergeThatHidesAParentIsRefused(_ line: Int) async throws {
    try await withRepository { directory, repository in
      let ada = try await SigningKey.ssh("ada", in: directory)
      try await repository.commit(["a": "1"])
      let applied = try CommitID(await repository.sign(with: ada))
      try await repository.git("checkout", "-q", "-b", "side")
      try await repository.commit(["a": "bad"])
      try await repository.git("checkout", "-q", "-")
      try await repository.git("merge", "-q", "--no-ff", "--no-edit", "side")
      var lines = try await repository.git("cat-file", "commit", repository.sign(with: ada))
        .split(separator: "\n", omittingEmptySubsequences: false)
      let first = try #require(lines.firstIndex { $0.hasPrefix("gpgsig ") })
      let last = try #require(lines.firstIndex { $0.contains("END SSH SIGNATURE") })
      let signature = lines[first...last]
      lines.removeSubrange(first...last)
      lines.insert(contentsOf: signature, at: line)
      let text = lines.joined(separator: "\n") + "\n"
      let id = try await repository.feed(Array(text.utf8), "hash-object", "-t", "commit", "-w", "--stdin")
      let file = try directory.write(ada.text, to: "keys")
      let verifier = try await CommitVerifier.open(file, .everyCommit, in: repository.opened())
      guard case .refused(let reason) = await verifier.verdict(on: try CommitID(id), after: applied) else {
        Issue.record("trusted")
        return
      }
      #expect(reason.contains(" has a header in another order than git's, which can hide what was signed: "))
    }
  }

  /// git's own list of revoked keys can refuse alone, so it counts.
  @Test func anSSHKeyThatGitKnowsAsRevokedIsRefused() async throws {
    try await withRepository { directory, repository in
      let ada = try await SigningKey.ssh("ada", in: directory)
      try await repository.commit(["a": "1"])
      try await repository.sign(with: ada)
      try await repository.git("config", "gpg.ssh.revocationFile", directory("ada.key.pub"))
      #expect(
        words(try await verdict(on: repository, directory, [ada]), directory)
          == "commit ID by Ada <ada@example.com> has an SSH signature that ssh-keygen refuses, as it does where "
          + "gpg.ssh.revocationFile has the key")
    }
  }

  @Test func aCertificateIsNotAsked() async throws {
    try await withRepository { directory, repository in
      let ada = try await SigningKey.ssh("ada", in: directory)
      try await repository.commit(["a": "1"])
      let object = try await repository.git("cat-file", "commit", repository.sign(with: ada))
      let text = object.replacing("SSH SIGNATURE", with: "SIGNED MESSAGE")
      let id = try await repository.feed(Array(text.utf8), "hash-object", "-t", "commit", "-w", "--stdin")
      try await repository.git("reset", "-q", "--hard", id)
      #expect(
        words(try await verdict(on: repository, directory, [ada]), directory)
          == "commit ID by Ada <ada@example.com> is signed by an X.509 certificate, and only SSH and OpenPGP keys count"
      )
    }
  }

  /// Whoever can write to the checkout's configuration, or to the environment, must not be able to say who counts.
  @Test func configurationAndEnvironmentReplaceNoProgramAndNoKey() async throws {
    try await withRepository { directory, repository in
      let (ada, mallory, eve) = (
        try await SigningKey.ssh("ada", in: directory), try await SigningKey.ssh("mallory", in: directory),
        try await SigningKey.openPGP("eve", in: directory)
      )
      let liar = try directory.write(
        """
        #!/bin/sh
        echo 'Good "git" signature for ada@example.com with ED25519 key \(ada.fingerprint)'
        printf '\\n[GNUPG:] NEWSIG\\n[GNUPG:] GOODSIG \(eve.fingerprint) eve\\n[GNUPG:] TRUST_ULTIMATE\\n'
        """, to: "liar")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: liar)
      try await repository.commit(["a": "1"])
      for key in ["gpg.program", "gpg.openpgp.program", "gpg.ssh.program", "gpg.x509.program"] {
        try await repository.git("config", key, liar)
      }
      try await repository.git(
        "config", "gpg.ssh.allowedSignersFile", directory.write(mallory.text, to: "theirs"))
      for key in [mallory, eve] {
        try await repository.sign(with: key)
        let verdict = try await verdict(
          on: repository, directory, [ada], extra: ["GNUPGHOME": directory("gnupg-eve")])
        #expect(words(verdict, directory).hasSuffix("\(key.fingerprint), which FOLDER/keys does not list"))
      }
      // Nor does what lies in the checkout.
      let here = try await repository.git("rev-parse", "--show-toplevel")
      let answers = [
        "find-principals": "ada@example.com",
        "*": #"Good "git" signature for ada@example.com with ED25519 key x"#,
      ]
      let script =
        "#!/bin/sh\ncase \"$*\" in *find-principals*) echo '\(answers["find-principals"]!)' ;; *) echo '\(answers["*"]!)' ;; esac\n"
      try Data(script.utf8).write(to: URL(filePath: "\(here)/ssh-keygen"))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(here)/ssh-keygen")
      try await repository.sign(with: mallory)
      let lied = try await verdict(
        on: repository, directory, [ada], extra: ["PATH": ".:/usr/local/bin:/usr/bin:/bin"])
      #expect(words(lied, directory).hasSuffix("\(mallory.fingerprint), which FOLDER/keys does not list"))
      // Nor that nobody does.
      try await repository.git("config", "gpg.minTrustLevel", "ultimate")
      try await repository.sign(with: eve)
      #expect(try await verdict(on: repository, directory, [ada, eve]) == .good)
    }
  }
}
