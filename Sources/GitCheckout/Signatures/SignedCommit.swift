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

  /// - Parameter object: The commit object.
  init(_ id: CommitID, object: [UInt8], format: ObjectFormat) {
    self.id = id
    let header = String(decoding: object, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
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
}

extension GitRepository {
  /// - Throws: `GitError.unreadable`.
  func signedCommit(_ id: CommitID) throws(GitError) -> SignedCommit {
    guard let object = try objectContents(id.description) else { throw missing("commit \(id.short)") }
    return SignedCommit(id, object: object, format: objectFormat)
  }
}
