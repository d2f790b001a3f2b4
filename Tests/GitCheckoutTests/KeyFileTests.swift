import TestSupport
import Testing

@testable import GitCheckout

@Suite struct KeyFileTests {
  private static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIJbG0pSxqhVJb9gkCVL8dYyV1n0qCmD0Yp8n7l0A9h2K"

  private func error(_ text: String) -> String? {
    do throws(GitError) { _ = try KeyFile(Array(text.utf8), path: "keys") } catch {
      #expect(error.code == .badKeys)
      return error.description
    }
    return nil
  }

  @Test(arguments: [
    "ada@example.com ssh-ed25519 BASE64", "ada@example.com,bea@* ssh-ed25519 BASE64 a comment",
    #""ada lovelace" ssh-ed25519 BASE64"#, "*@example.com\tcert-authority  ssh-ed25519 BASE64",
    #"a Namespaces="git,file",valid-after="20200101",valid-before="202001012359Z" ssh-ed25519 BASE64"#,
  ])
  func linesOfAllowedSigners(_ line: String) throws {
    let line = line.replacing("BASE64", with: Self.key)
    let file = try KeyFile(Array("# them\r\n\r\n  \(line) \r\n".utf8), path: "keys")
    #expect(file.signers.map(\.text) == [line] && file.armour == [])
  }

  @Test(arguments: [
    ("", "keys lists no key: write EXAMPLE, or what gpg --armor --export KEY prints"),
    ("# a\n\n", "keys lists no key: write EXAMPLE, or what gpg --armor --export KEY prints"),
    (
      "# a\nssh-ed25519 BASE64 ada\n",
      "keys:2: the key stands without the name of who signs with it: write that before it: EXAMPLE"
    ),
    (
      "ada ssh-ed25519 BASE64\nada ssh-rsa BASE64\n",
      "keys:2: is neither a line of an allowed-signers file nor an OpenPGP public key in ASCII armour: write EXAMPLE, "
        + "or what gpg --armor --export KEY prints"
    ),
    (
      // A part of it was left behind.
      "ada ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbG0pSxqhVJb9gkCVL8dYyV1n0qCmD0Yp8n7l0A",
      "keys:1: is neither a line of an allowed-signers file nor an OpenPGP public key in ASCII armour: write EXAMPLE, "
        + "or what gpg --armor --export KEY prints"
    ),
    (
      "ada ssh-ed25519 BASE63",
      "keys:1: is neither a line of an allowed-signers file nor an OpenPGP public key in ASCII armour: write EXAMPLE, "
        + "or what gpg --armor --export KEY prints"
    ),
    (
      #"ada valid-until="20200101" ssh-ed25519 BASE64"#,
      #"keys:1: valid-until="20200101" is no option of an allowed signer: the options are cert-authority, "#
        + #"namespaces="…", valid-after="YYYYMMDD", valid-before="YYYYMMDD""#
    ),
    (
      #"ada namespaces="git",valid-before="tomorrow" ssh-ed25519 BASE64"#,
      #"keys:1: valid-before="tomorrow" is no option of an allowed signer: the options are cert-authority, "#
        + #"namespaces="…", valid-after="YYYYMMDD", valid-before="YYYYMMDD""#
    ),
    (
      "ada ssh-ed25519 BASE64\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n",
      "keys:2: the key that begins here has no end: its last line is -----END PGP PUBLIC KEY BLOCK-----"
    ),
    (
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n",
      "keys:1: a private key has no place here: remove it, and write the public one: what gpg --armor --export KEY "
        + "prints, or a .pub file's line"
    ),
  ])
  func whatIsWrongIsNamed(_ text: String, _ message: String) {
    #expect(
      error(text.replacing("BASE64", with: Self.key))
        == message.replacing("EXAMPLE", with: "ada@example.com ssh-ed25519 AAAAC3…"))
  }

  @Test func binaryKeysAreTold() throws {
    do throws(GitError) { _ = try KeyFile([0x98, 0x33, 0x04], path: "keys") } catch {
      #expect(
        error.description == "keys is no text in UTF-8: OpenPGP keys are written by gpg --armor --export")
      return
    }
    Issue.record("taken")
  }

  /// gpg also believes keyrings that a configuration in /etc names.
  @Test func aGoodSignatureCountsOnlyByAKeyThatWasImported() async throws {
    try await withTemporaryDirectory { directory in
      let (ada, eve) = (
        try await SigningKey.openPGP("ada", in: directory), try await SigningKey.openPGP("eve", in: directory)
      )
      let keys = try KeyFile(Array(ada.text.utf8), path: "keys")
      var keyring = try Keyring(keys)
      defer { keyring.remove() }
      try await keyring.importKeys(keys, with: GitProgram(environment: ["PATH": "/usr/bin:/bin"]))
      func lines(_ fingerprint: String) -> String {
        "[GNUPG:] GOODSIG 0123456789ABCDEF x\n[GNUPG:] VALIDSIG 0123 2026-11-23 1795000000 0 4 0 22 8 00 \(fingerprint)\n"
      }
      #expect(keyring.lists(signerIn: lines(ada.fingerprint)))
      #expect(!keyring.lists(signerIn: lines(eve.fingerprint)))
      #expect(!keyring.lists(signerIn: lines(ada.fingerprint) + lines(eve.fingerprint)))
      #expect(!keyring.lists(signerIn: "[GNUPG:] GOODSIG \(ada.fingerprint) x\n"))
    }
  }
}
