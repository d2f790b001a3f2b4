import LinuxSystem

/// The keys whose signatures count: lines of an allowed-signers file (ssh-keygen(1)), OpenPGP public keys in ASCII armour
/// (RFC 9580, 6.2), or both in one file.
struct KeyFile: Hashable, Sendable {
  private static let armourBegin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
  private static let armourEnd = "-----END PGP PUBLIC KEY BLOCK-----"
  /// In bytes: thousands of keys.
  private static let limit = 16 << 20

  let path: String
  private(set) var signers: [AllowedSigner] = []
  /// Lines of all the blocks.
  private(set) var armour: [String] = []

  /// Reads the file at `path`, blocking; with what it was when it was read.
  /// - Throws: `GitError.badKeys`.
  static func read(_ path: String) throws(GitError) -> (file: KeyFile, stamp: FileStamp) {
    let content: FileContent
    do { content = try FileContent(path, limit: limit) } catch {
      throw GitError(
        .badKeys, "verify: \(error)",
        remedy: "check the path, its owner and its mode")
    }
    return (try KeyFile(content.bytes, path: path), content.stamp)
  }

  /// - Throws: `GitError.badKeys` with the line's number.
  init(_ bytes: [UInt8], path: String) throws(GitError) {
    self.path = path
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw GitError(
        .badKeys, "\(path) is no text in UTF-8", remedy: "OpenPGP keys are written by gpg --armor --export")
    }
    var blockStart: Int?
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = line.trimmed
      if blockStart != nil || line == Self.armourBegin {
        armour.append(line)
        blockStart = line == Self.armourEnd ? nil : blockStart ?? index + 1
      } else if !line.isEmpty, !line.hasPrefix("#") {
        try add(line, number: index + 1)
      }
    }
    if let blockStart {
      throw GitError(
        .badKeys, "\(path):\(blockStart): the key that begins here has no end",
        remedy: "its last line is \(Self.armourEnd)")
    }
    guard !signers.isEmpty || !armour.isEmpty else {
      throw GitError(
        .badKeys, "\(path) lists no key",
        remedy: "write \(AllowedSigner.example), or what gpg --armor --export KEY prints")
    }
  }

  private mutating func add(_ line: String, number: Int) throws(GitError) {
    guard !line.contains("PRIVATE KEY") else {
      throw GitError(
        .badKeys, "\(path):\(number): a private key has no place here",
        remedy:
          "remove it, and write the public one: what gpg --armor --export KEY prints, or a .pub file's line")
    }
    do throws(AllowedSigner.Invalid) { signers.append(try AllowedSigner(line)) } catch {
      throw GitError(.badKeys, "\(path):\(number): \(error.problem)", remedy: error.remedy)
    }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
