import Model

/// What a commit's header says of who made and who signed it (gitformat-signature(5)).
struct SignedCommit: Hashable, Sendable {
  enum Form: Hashable {
    case ssh
    case openPGP
    case x509
    case other
  }

  let id: CommitID
  /// `Name <address>`, as written.
  let author: String
  /// Nil where it is not signed.
  let form: Form?
  /// As git writes it. Git takes a signature out of what it signs wherever that stands, but reads no parent behind it:
  /// moved there, it would hide the parents that were signed (commit.c, `parse_commit_buffer`).
  let isInOrder: Bool

  /// - Parameter object: The commit object.
  init(_ id: CommitID, object: [UInt8], format: ObjectFormat) {
    self.id = id
    // Of bytes: a Character may be CR and LF.
    let header = object.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .prefix { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self)[...] }
    isInOrder = Self.isInOrder(header.map { $0.prefix { $0 != " " } })
    func field(_ name: String) -> Substring? {
      header.first { $0.hasPrefix(name + " ") }?.dropFirst(name.count + 1)
    }
    let author = field("author") ?? ""
    self.author = String(
      author[..<(author.lastIndex(of: ">").map { author.index(after: $0) } ?? author.endIndex)])
    form =
      switch field(format == .sha1 ? "gpgsig" : "gpgsig-sha256") {
      case nil: nil
      case "-----BEGIN SSH SIGNATURE-----": .ssh
      case "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----": .openPGP
      case "-----BEGIN SIGNED MESSAGE-----": .x509
      default: .other
      }
  }

  /// One tree, the parents, the author, the committer, and only then what else there is.
  private static func isInOrder(_ names: [Substring]) -> Bool {
    let parents = names.dropFirst().prefix { $0 == "parent" }
    let rest = names.dropFirst(1 + parents.count)
    return names.first == "tree" && rest.prefix(2) == ["author", "committer"]
      && !rest.dropFirst(2).contains { ["tree", "parent", "author", "committer"].contains($0) }
  }
}

extension GitRepository {
  /// - Throws: `GitError.unreadable`.
  func signedCommit(_ id: CommitID) throws(GitError) -> SignedCommit {
    guard let object = try objectContents(id.description) else { throw missing("commit \(id.short)") }
    return SignedCommit(id, object: object, format: objectFormat)
  }
}
