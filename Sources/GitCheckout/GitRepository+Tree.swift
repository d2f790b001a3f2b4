package import Model

/// A regular file of a commit.
package struct TreeFile: Hashable, Sendable {
  /// From the top of the tree.
  package let path: String
  package let blob: BlobID
  /// In bytes.
  package let size: Int
}

extension GitRepository {
  /// The file at `file` in `commit`, or, where that is a folder, its files named `*.yaml`, ascending by
  /// path.
  ///
  /// No content is read; a symbolic link, whose target git would answer as content, is refused.
  /// - Throws: `GitError`: `notFound` where git says that there is none, `notRegularFile`, and `unreadable`
  ///   where an object is missing: then nothing is known.
  package func files(at file: String, in commit: CommitID) throws(GitError) -> [TreeFile] {
    let place = "\(file) in \(commit.short)"
    var folder = try tree("\(commit)^{tree}", place)
    let names = file.split(separator: "/").filter { $0 != "." }.map(String.init)
    for (index, name) in names.enumerated() {
      guard let entry = folder.entries.first(where: { $0.name == name }) else {
        throw GitError(
          .notFound, "\(path): there is no \(place)",
          remedy: "put it back, or mend state: in the configuration")
      }
      switch entry.kind {
      case .folder: folder = try tree(entry.id, place)
      case .file where index == names.count - 1: return [try treeFile(entry, at: file)]
      default:
        let prefix = names[...index].joined(separator: "/")
        throw refused(entry, at: prefix, in: commit)
      }
    }
    return try stateFiles(in: folder, at: names.joined(separator: "/"), commit)
  }

  /// The bytes of a file.
  /// - Parameters:
  ///   - name: The file's path, for messages.
  ///   - limit: In bytes; the size is asked before the content.
  /// - Throws: `GitError`: `tooLarge`, `unreadable`.
  package func contents(
    of blob: BlobID, named name: String? = nil, limit: Int = 64 << 20
  ) throws(GitError) -> [UInt8] {
    let size = try size(of: blob.description, "blob \(blob)")
    guard size <= limit else {
      throw GitError(
        .tooLarge, "\(path): \(name ?? "blob \(blob)") has \(size) bytes, and \(limit) are allowed",
        remedy: "split it: state: may be a folder of *.yaml")
    }
    guard let bytes = try objectContents(blob.description) else { throw missing("blob \(blob)") }
    return bytes
  }

  private func stateFiles(in folder: TreeObject, at prefix: String, _ commit: CommitID) throws(GitError)
    -> [TreeFile]
  {
    var files: [TreeFile] = []
    for entry in folder.entries where entry.name.hasSuffix(".yaml") && entry.kind != .folder {
      let file = prefix.isEmpty ? entry.name : "\(prefix)/\(entry.name)"
      guard entry.kind == .file else { throw refused(entry, at: file, in: commit) }
      files.append(try treeFile(entry, at: file))
    }
    guard !files.isEmpty else {
      throw GitError(
        .notFound, "\(path): there is no *.yaml in \(prefix.isEmpty ? "the top" : prefix) of \(commit.short)",
        remedy: "put one back, or mend state: in the configuration")
    }
    return files
  }

  private func treeFile(_ entry: TreeObject.Entry, at file: String) throws(GitError) -> TreeFile {
    TreeFile(
      path: file, blob: BlobID(hex: entry.id), size: try size(of: entry.id, "blob \(entry.id) (\(file))"))
  }

  private func size(of id: String, _ what: String) throws(GitError) -> Int {
    guard let info = try info(id) else { throw missing(what) }
    return info.size
  }

  func tree(_ name: String, _ place: String) throws(GitError) -> TreeObject {
    guard let bytes = try objectContents(name) else { throw missing("a tree or commit of \(place)") }
    guard let tree = TreeObject(bytes, format: objectFormat) else {
      throw GitError(.unreadable, "\(path): a tree of \(place) is damaged", remedy: "run git fsck there")
    }
    return tree
  }

  private func refused(_ entry: TreeObject.Entry, at file: String, in commit: CommitID) -> GitError {
    GitError(
      .notRegularFile, "\(path): \(file) in \(commit.short) is \(entry.kind.description)",
      remedy: "commit the file itself")
  }

  func missing(_ what: String) -> GitError {
    GitError(
      .unreadable, "\(path): \(what) is missing from the object database",
      remedy: isPartial ? Self.partialRemedy : "run git fsck there, and fetch what it names")
  }
}
