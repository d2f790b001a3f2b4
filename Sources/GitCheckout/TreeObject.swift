/// A folder in git's object database: mode, name, NUL and the raw id of each entry (gitformat-pack(5) has
/// the types, git-ls-tree(1) the modes).
struct TreeObject {
  struct Entry: Hashable {
    enum Kind: Hashable { case file, symbolicLink, submodule, folder }

    /// As stored: `0o100644`, `0o40000`, or what older tools wrote.
    let mode: Int
    /// As stored: any bytes but NUL and `/`.
    let nameBytes: [UInt8]
    let id: String

    var kind: Kind { Kind(mode: mode) }
    var name: String { String(decoding: nameBytes, as: UTF8.self) }
  }

  /// In git's order: bytewise, where a folder counts as if its name ended in a slash.
  let entries: [Entry]

  /// Nil where `bytes` are no tree.
  init?(_ bytes: [UInt8], format: ObjectFormat) {
    var entries: [Entry] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
        let end = rest[space...].firstIndex(of: 0), rest.endIndex - end > format.idLength,
        let mode = Int(String(decoding: rest[..<space], as: UTF8.self), radix: 8)
      else { return nil }
      let idEnd = end + 1 + format.idLength
      let name = Array(rest[(space + 1)..<end])
      entries.append(Entry(mode: mode, nameBytes: name, id: Self.hex(rest[(end + 1)..<idEnd])))
      rest = rest[idEnd...]
    }
    self.entries = entries
  }

  private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension TreeObject.Entry.Kind {
  init(mode: Int) {
    switch mode & 0o170000 {
    case 0o040000: self = .folder
    case 0o120000: self = .symbolicLink
    case 0o160000: self = .submodule
    default: self = .file
    }
  }

  /// What git-mktree(1) calls the object.
  var objectType: String {
    switch self {
    case .file, .symbolicLink: "blob"
    case .submodule: "commit"
    case .folder: "tree"
    }
  }

  var description: String {
    switch self {
    case .file: "a file"
    case .symbolicLink: "a symbolic link"
    case .submodule: "a submodule"
    case .folder: "a folder"
    }
  }
}
