/// Why a signature does not count, from what `git verify-commit --raw` printed: GnuPG's status lines (its doc/DETAILS), or
/// what ssh-keygen said.
struct SignatureFault {
  /// Continues `commit X by Y`; nil where what was said is no judgement.
  let reason: String?

  /// - Parameter keyFile: Which lists the keys.
  init(_ form: SignedCommit.Form, said lines: [String], keyFile: String) {
    // A program that could not be run judges nothing.
    let hasFailed = lines.contains { $0.hasPrefix("error: ") || $0.hasPrefix("fatal: ") }
    reason = hasFailed ? nil : form == .ssh ? Self.ssh(lines, keyFile) : Self.openPGP(lines, keyFile)
  }

  private static func ssh(_ lines: [String], _ keyFile: String) -> String? {
    func line(with text: String) -> Substring? {
      lines.lazy.compactMap { line in line.firstRange(of: text).map { line[$0.lowerBound...] } }.first
    }
    if let key = lines.lazy.compactMap({ $0.wholeMatch(of: /Good "git" signature with (\S+) key (\S+)/) })
      .first
    {
      let signer = "is signed by the \(key.1) key \(key.2), which \(keyFile)"
      // Its time is the committer's.
      if let why = line(with: "key has expired: ") ?? line(with: "key is not yet valid: ") {
        return "\(signer) does not list for that time: \(why)"
      }
      return "\(signer) does not list"
    }
    if line(with: "key is not permitted for use in signature namespace") != nil {
      return "is signed by an SSH key that \(keyFile) lists for other namespaces than git"
    }
    if line(with: "incorrect signature") != nil {
      return "has an SSH signature of another content: it was changed"
    }
    guard line(with: "Could not verify signature.") != nil else { return nil }
    return "has an SSH signature that ssh-keygen refuses, as it does where gpg.ssh.revocationFile has the key"
  }

  private static func openPGP(_ lines: [String], _ keyFile: String) -> String? {
    let statuses = lines.map { $0.split(separator: " ") }.filter { $0.count > 1 && $0[0] == "[GNUPG:]" }
    func arguments(of keyword: String) -> [Substring]? {
      statuses.first { $0[1] == keyword }.map { Array($0.dropFirst(2)) }
    }
    // The key's id, algorithms, class, time, why, and in newer versions the fingerprint; 9 is GPG_ERR_NO_PUBKEY.
    if let error = arguments(of: "ERRSIG"), error.count > 5, error[5] == "9" {
      let key = error.count > 6 && error[6] != "-" ? error[6] : error[0]
      return "is signed by the OpenPGP key \(key), which \(keyFile) does not list"
    }
    let faults = [
      ("BADSIG", "has a signature of another content by", ": it was changed"),
      ("REVKEYSIG", "is signed by", ", which was revoked"),
      ("EXPKEYSIG", "is signed by", ", which has expired"),
      ("EXPSIG", "has a signature by", " that has expired"),
    ]
    for (keyword, before, after) in faults {
      guard let words = arguments(of: keyword), let id = words.first else { continue }
      // The last word of VALIDSIG is the primary key's fingerprint.
      let key = arguments(of: "VALIDSIG")?.last ?? id
      return "\(before) the OpenPGP key \(key) of \(words.dropFirst().joined(separator: " "))\(after)"
    }
    return nil
  }
}
