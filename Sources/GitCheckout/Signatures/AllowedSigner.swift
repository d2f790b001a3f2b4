import FoundationEssentials

/// One line of an allowed-signers file (ssh-keygen(1), "ALLOWED SIGNERS"): `principals [options] keytype base64-key
/// [comment]`. ssh-keygen passes over a line that it can't read, so that a key with a slip in it would go unnoticed until
/// somebody signs: here it is an error.
struct AllowedSigner: Hashable, Sendable {
  let text: String

  struct Invalid: Error {
    let problem: String
    let remedy: String
  }

  static let example = "ada@example.com ssh-ed25519 AAAAC3…"

  /// - Throws: `Invalid`.
  init(_ text: String) throws(Invalid) {
    let words = Self.words(of: text)
    if words.count >= 2, Self.isKey(type: words[0], words[1]) {
      throw Invalid(
        problem: "the key stands without the name of who signs with it",
        remedy: "write that before it: \(Self.example)")
    }
    if words.count >= 4, Self.isKey(type: words[2], words[3]) {
      for option in Self.options(of: words[1]) where !Self.isKnown(option) {
        throw Invalid(
          problem: "\(option) is no option of an allowed signer",
          remedy:
            #"the options are cert-authority, namespaces="…", valid-after="YYYYMMDD", valid-before="YYYYMMDD""#
        )
      }
    } else if words.count < 3 || !Self.isKey(type: words[1], words[2]) {
      throw Invalid(
        problem: "is neither a line of an allowed-signers file nor an OpenPGP public key in ASCII armour",
        remedy: "write \(Self.example), or what gpg --armor --export KEY prints")
    }
    self.text = text
  }

  /// RFC 4253, 6.6: fields behind their lengths, the first of them the type's name.
  private static func isKey(type: String, _ base64: String) -> Bool {
    guard let key = Data(base64Encoded: base64) else { return false }
    var (fields, rest) = ([ArraySlice<UInt8>](), Array(key)[...])
    while rest.count >= 4 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else { return false }
      fields.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return rest.isEmpty && fields.count > 1 && fields[0].elementsEqual(type.utf8)
  }

  /// Split at blanks that no quotes enclose.
  private static func words(of text: String) -> [String] {
    text.splitOutsideQuotes { $0 == " " || $0 == "\t" }.filter { !$0.isEmpty }
  }

  private static func options(of word: String) -> [String] { word.splitOutsideQuotes { $0 == "," } }

  private static func isKnown(_ option: String) -> Bool {
    let pattern = /cert-authority|namespaces="[^"]+"|valid-(after|before)="\d{8}(\d{4}(\d{2})?)?Z?"/
    return option.wholeMatch(of: pattern.ignoresCase()) != nil
  }
}

extension String {
  fileprivate func splitOutsideQuotes(_ isSeparator: (Character) -> Bool) -> [String] {
    var (pieces, isQuoted) = ([""], false)
    for character in self {
      if character == "\"" { isQuoted.toggle() }
      if !isQuoted, isSeparator(character) {
        pieces.append("")
      } else {
        pieces[pieces.count - 1].append(character)
      }
    }
    return pieces
  }
}
