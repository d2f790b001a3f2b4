import Model

extension GitRepository {
  /// `base` without the files of `removals`, with those of `files`.
  /// - Throws: `GitError`: `notFound`, `notRegularFile`, `unreadable`.
  func edited(_ base: TreeID, removing removals: [TreePath], writing files: [TreePath: BlobID])
    throws(GitError) -> TreeDraft
  {
    var draft = TreeDraft(try tree(base.description, "tree \(base)"))
    for path in removals {
      try draft.update(path, in: self) { (node) throws(GitError) in
        guard let node else {
          throw GitError(.notFound, "\(self.path): there is no \(path) that could be removed")
        }
        guard node.kind == .file else { throw refused(path.description, node.kind) }
        return nil
      }
    }
    for (path, blob) in files {
      try draft.update(path, in: self) { (node) throws(GitError) in
        guard node == nil || node?.kind == .file else { throw refused(path.description, node?.kind ?? .file) }
        return .object(mode: node?.mode ?? 0o100644, id: blob.description)
      }
    }
    return draft
  }

  /// `base` with what `other` has at `paths`: files or folders whole, nothing where it has nothing.
  /// - Throws: `GitError`: `notRegularFile` where `base` has a file in a folder's place, `unreadable`.
  func grafted(_ base: TreeID, with other: TreeID, at paths: [TreePath]) throws(GitError) -> TreeDraft {
    var draft = TreeDraft(try tree(base.description, "tree \(base)"))
    for path in paths {
      let (there, here) = (try entry(at: path, in: other), try entry(at: path, in: base))
      if there == nil, here == nil { continue }
      try draft.update(path, in: self) { _ in there.map { .object(mode: $0.mode, id: $0.id) } }
    }
    return draft
  }

  /// What `tree` has at `path`; nil also where the path runs through something else than a folder.
  private func entry(at path: TreePath, in tree: TreeID) throws(GitError) -> TreeObject.Entry? {
    var folder = tree.description
    for (index, name) in path.names.enumerated() {
      let place = "\(path.prefix(index)) of tree \(tree)"
      let found = try self.tree(folder, place).entries.first { $0.nameBytes.elementsEqual(name.utf8) }
      guard let found else { return nil }
      if index == path.names.count - 1 { return found }
      guard found.kind == .folder else { return nil }
      folder = found.id
    }
    return nil
  }

  /// The error for what stands where a file or a folder is to be.
  nonisolated func refused(_ place: String, _ kind: TreeObject.Entry.Kind) -> GitError {
    GitError(
      .notRegularFile, "\(path): \(place) is \(kind.description) already",
      remedy: "choose another path, or commit its removal first")
  }
}
