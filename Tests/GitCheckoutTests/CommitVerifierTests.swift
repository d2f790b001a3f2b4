import FoundationEssentials
import GitCheckout
import Glibc
import LinuxSystem
import Model
import Synchronization
import TestSupport
import Testing

/// Which commits are asked for their signatures, and what is remembered.
@Suite(.timeLimit(.minutes(10))) struct CommitVerifierTests {
  /// A commit, signed where there is a key.
  private func commit(
    _ repository: TemporaryGitRepository, _ text: String, by key: SigningKey? = nil
  ) async throws -> CommitID {
    let id = try await repository.commit(["a": text])
    return try CommitID(key == nil ? id : try await repository.sign(with: key!))
  }

  /// A folder with those programs alone.
  private func path(in directory: TemporaryDirectory, to programs: String...) throws -> String {
    try FileManager.default.createDirectory(atPath: directory("bin"), withIntermediateDirectories: true)
    for program in programs {
      try FileManager.default.createSymbolicLink(
        atPath: directory("bin/\(program)"), withDestinationPath: "/usr/bin/\(program)")
    }
    return directory("bin")
  }

  private func refused(_ verdict: SignatureVerdict) -> String? {
    if case .refused(let reason) = verdict { reason } else { nil }
  }

  @Test func everyCommitSinceTheOneAppliedIsAsked() async throws {
    try await withRepository { directory, repository in
      let ada = try await SigningKey.ssh("ada", in: directory)
      let file = try directory.write(ada.text, to: "keys")
      let first = try await commit(repository, "1")
      let second = try await commit(repository, "2", by: ada)
      let bare = try await commit(repository, "3")
      let tip = try await commit(repository, "4", by: ada)
      let opened = try await repository.opened()
      let (head, all) = (
        try await CommitVerifier.open(file, .tip, in: opened),
        try await CommitVerifier.open(file, .everyCommit, in: opened)
      )
      #expect(await head.verdict(on: tip, after: first) == .good)
      #expect(await all.verdict(on: tip, after: bare) == .good)
      let judged = Atomic(0)
      #expect(await all.verdict(on: second, after: first) { judged.add(1, ordering: .relaxed) } == .good)
      #expect(judged.load(ordering: .relaxed) == 1)
      // Nothing was applied yet, or nothing is new: the tip alone.
      #expect(await all.verdict(on: tip, after: nil) == .good)
      #expect(refused(await all.verdict(on: first, after: tip)) != nil)
      for applied in [first, second] {
        #expect(
          await all.verdict(on: tip, after: applied)
            == .refused(
              "commit \(bare.short) by Ada <ada@example.com> is not signed: take it out of the branch, or set mode: head "
                + "until a signed commit on top of it is applied"))
      }
    }
  }

  @Test func withoutTheCommitThatWasAppliedNothingIsKnownOfThoseSince() async throws {
    try await withRepository { directory, repository in
      let ada = try await SigningKey.ssh("ada", in: directory)
      let tip = try await commit(repository, "1", by: ada)
      let verifier = try await CommitVerifier.open(
        directory.write(ada.text, to: "keys"), .everyCommit, in: repository.opened())
      let gone = try CommitID(String(repeating: "1", count: 40))
      #expect(
        await verifier.verdict(on: tip, after: gone)
          == .unknown(
            "111111111111, which was applied last, is no longer in the checkout, so which commits came after it can't be "
              + "told: fetch it, or set mode: head until a signed commit on top is applied"))
    }
  }

  /// As one that is unpacked from an archive with its times is.
  @Test func aFileOfTheSameSizeAndTimeIsAnotherOne() async throws {
    try await withRepository { directory, repository in
      let (ada, bea) = (
        try await SigningKey.ssh("ada", in: directory), try await SigningKey.ssh("bea", in: directory)
      )
      let file = try directory.write(ada.text, to: "keys")
      let tip = try await commit(repository, "1", by: ada)
      let verifier = try await CommitVerifier.open(file, .tip, in: repository.opened())
      #expect(await verifier.verdict(on: tip, after: nil) == .good)
      var status = stat()
      try #require(stat(file, &status) == 0)
      try Data(bea.text.utf8).write(to: URL(filePath: file))
      try #require(utimensat(AT_FDCWD, file, [status.st_atim, status.st_mtim], 0) == 0)
      #expect(refused(await verifier.verdict(on: tip, after: nil))?.contains("does not list") == true)
    }
  }

  @Test func aSignedMergeDoesNotVouchForWhatItBrings() async throws {
    try await withRepository { directory, repository in
      let ada = try await SigningKey.ssh("ada", in: directory)
      let base = try await commit(repository, "1", by: ada)
      try await repository.checkOut("topic")
      let bare = try CommitID(await repository.commit(["b": "1"]))
      try await repository.checkOut("main")
      _ = try await commit(repository, "2", by: ada)
      _ = try await repository.merge("topic")
      let merge = try CommitID(await repository.sign(with: ada))
      let verifier = try await CommitVerifier.open(
        directory.write(ada.text, to: "keys"), .everyCommit, in: repository.opened())
      #expect(refused(await verifier.verdict(on: merge, after: base))?.contains(bare.short) == true)
    }
  }

  @Test func whatWasVerifiedIsNotAskedAgainUntilTheKeysChange() async throws {
    try await withRepository { directory, repository in
      let (ada, bea) = (
        try await SigningKey.ssh("ada", in: directory), try await SigningKey.ssh("bea", in: directory)
      )
      let file = try directory.write(ada.text, to: "keys")
      let tip = try await commit(repository, "1", by: ada)
      let verifier = try await CommitVerifier.open(file, .tip, in: repository.opened())
      #expect(await verifier.verdict(on: tip, after: nil) == .good)
      // Whoever asked git now would learn that it can't be read.
      let object = "\(repository.path)/.git/objects/\("\(tip)".prefix(2))/\("\(tip)".dropFirst(2))"
      try FileManager.default.moveItem(atPath: object, toPath: directory("object"))
      #expect(await verifier.verdict(on: tip, after: tip) == .good)
      try directory.write("\(ada.text)\n\(bea.text)\n", to: "keys")
      #expect(
        await verifier.verdict(on: tip, after: tip)
          == .unknown(
            "\(repository.path): commit \(tip.short) is missing from the object database: run git fsck there, and fetch "
              + "what it names"))
      try FileManager.default.moveItem(atPath: directory("object"), toPath: object)
      #expect(await verifier.verdict(on: tip, after: tip) == .good)
      try directory.write(bea.text, to: "keys")
      #expect(refused(await verifier.verdict(on: tip, after: tip))?.contains(ada.fingerprint) == true)
    }
  }

  @Test func keysThatCanNotBeReadAnyMoreAreUnknown() async throws {
    try await withRepository { directory, repository in
      let ada = try await SigningKey.ssh("ada", in: directory)
      let file = try directory.write(ada.text, to: "keys")
      let tip = try await commit(repository, "1", by: ada)
      let verifier = try await CommitVerifier.open(file, .tip, in: repository.opened())
      #expect(await verifier.verdict(on: tip, after: nil) == .good)
      try directory.remove("keys")
      for _ in 1...2 {
        #expect(
          await verifier.verdict(on: tip, after: tip)
            == .unknown(
              "verify: can't open \(file): No such file or directory: check the path, its owner "
                + "and its mode"))
      }
      try directory.write("# nobody\n", to: "keys")
      #expect(
        await verifier.verdict(on: tip, after: tip)
          == .unknown(
            "\(file) lists no key: write ada@example.com ssh-ed25519 AAAAC3…, or what gpg --armor --export KEY prints"
          ))
      try directory.write(ada.text, to: "keys")
      #expect(await verifier.verdict(on: tip, after: tip) == .good)
    }
  }

  @Test func keysOfBothKindsAreCounted() async throws {
    try await withRepository { directory, repository in
      let keys = [
        try await SigningKey.ssh("ada", in: directory), try await .openPGP("bea", in: directory),
        try await .openPGP("cleo", in: directory), try await .ssh("dora", in: directory),
        try await .ssh("eve", in: directory),
      ]
      let text = "# people\r\n\n" + keys.map { "  \($0.text)\n" }.joined() + keys[1].text
      let verifier = try await CommitVerifier.open(
        directory.write(text, to: "keys"), .tip, in: repository.opened())
      #expect(try await verifier.count() == (3, 2))
    }
  }

  @Test func aProgramThatIsMissingIsNamedWithItsPackage() async throws {
    try await withRepository { directory, repository in
      let keys = [
        ("ssh-keygen", "openssh-client", try await SigningKey.ssh("ada", in: directory)),
        ("gpg", "gnupg", try await SigningKey.openPGP("bea", in: directory)),
      ]
      let opened = try await repository.opened(extra: ["PATH": path(in: directory, to: "git")])
      for (program, package, key) in keys {
        let file = try directory.write(key.text, to: "keys")
        let error = try await gitError { _ = try await CommitVerifier.open(file, .tip, in: opened) }
        #expect(
          error?.description
            == "verify: there is no \(program) in PATH to judge signatures: install it (Debian's package "
            + "\(package))")
      }
    }
  }

  /// A signature that nobody could look at is neither good nor bad.
  @Test func aProgramThatIsGoneIsUnknown() async throws {
    try await withRepository { directory, repository in
      let (ada, bea) = (
        try await SigningKey.ssh("ada", in: directory), try await SigningKey.openPGP("bea", in: directory)
      )
      let tip = try await commit(repository, "1", by: bea)
      let path = try path(in: directory, to: "git", "ssh-keygen")
      let verifier = try await CommitVerifier.open(
        directory.write(ada.text, to: "keys"), .tip, in: repository.opened(extra: ["PATH": path]))
      #expect(
        await verifier.verdict(on: tip, after: nil)
          == .unknown(
            "verify: there is no gpg in PATH to judge signatures: install it (Debian's package gnupg)"))
    }
  }

  @Test func aKeyThatGPGCanNotReadIsAnError() async throws {
    try await withRepository { directory, repository in
      let (ada, bea) = (
        try await SigningKey.openPGP("ada", in: directory), try await SigningKey.openPGP("bea", in: directory)
      )
      var block = bea.text.split(separator: "\n", omittingEmptySubsequences: false)
      block[3] = "AAAA" + block[3].dropFirst(4)
      let file = try directory.write("\(ada.text)\n\(block.joined(separator: "\n"))", to: "keys")
      let opened = try await repository.opened()
      let error = try await gitError { _ = try await CommitVerifier.open(file, .tip, in: opened) }
      #expect(
        error?.description
          == "\(file): gpg can't read each of the OpenPGP keys in it: gpg --show-keys \(file) says why; write what "
          + "gpg --armor --export KEY prints")
    }
  }

  @Test func commitsThatAShallowCloneLacksAreUnknown() async throws {
    try await withRepository { directory, repository in
      let ada = try await SigningKey.ssh("ada", in: directory)
      let first = try await commit(repository, "1", by: ada)
      _ = try await commit(repository, "2")
      let tip = try await commit(repository, "3", by: ada)
      let shallow = try await repository.clone(to: directory("shallow"), "--depth=1").opened()
      let verifier = try await CommitVerifier.open(
        directory.write(ada.text, to: "keys"), .everyCommit, in: shallow)
      let verdict = await verifier.verdict(on: tip, after: first)
      guard case .unknown(let reason) = verdict else {
        Issue.record("\(verdict)")
        return
      }
      #expect(reason.hasPrefix("not every commit that has to be signed is known: "))
      #expect(reason.hasSuffix(": or set mode: head until a signed commit on top is applied"))
    }
  }
}
