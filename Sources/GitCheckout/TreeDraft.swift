import LinuxSystem

/// A tree on its way to another: the folders that a change lies in are open, all else stays the object that
/// it is.
struct TreeDraft: Sendable {
  enum Node: Sendable {
    case object(mode: Int, id: String)
    case open(TreeDraft)

    var kind: TreeObject.Entry.Kind {
      switch self {
      case .object(let mode, _): .init(mode: mode)
      case .open: .folder
      }
    }

    var mode: Int {
      switch self {
      case .object(let mode, _): mode
      case .open: 0o40000
      }
    }
  }

  /// By the stored bytes: two names that look alike are two.
  private var nodes: [[UInt8]: Node]

  init(_ tree: TreeObject) {
    nodes = Dictionary(
      tree.entries.map { ($0.nameBytes, .object(mode: $0.mode, id: $0.id)) }, uniquingKeysWith: { $1 })
  }

  private init() { nodes = [:] }

  /// Replaces what `path` has, nil for nothing, by what `change` answers. Folders are made where they are
  /// missing, and go where they are empty.
  /// - Parameter repository: Where the folders on the way are read.
  /// - Throws: `GitError`: what `change` throws, `unreadable`, and `notRegularFile` where the path runs
  ///   through something else than a folder.
  mutating func update(
    _ path: TreePath, depth: Int = 0, in repository: isolated GitRepository,
    _ change: (Node?) throws(GitError) -> Node?
  ) throws(GitError) {
    let name = Array(path.names[depth].utf8)
    let node = nodes[name]
    if depth == path.names.count - 1 {
      nodes[name] = try change(node)
      return
    }
    let place = path.prefix(depth + 1)
    var folder: TreeDraft
    switch node {
    case nil: folder = TreeDraft()
    case .open(let draft): folder = draft
    case .object(let mode, let id):
      let kind = TreeObject.Entry.Kind(mode: mode)
      guard kind == .folder else { throw repository.refused(place, kind) }
      folder = TreeDraft(try repository.tree(id, place))
    }
    try folder.update(path, depth: depth + 1, in: repository, change)
    nodes[name] = folder.nodes.isEmpty ? nil : .open(folder)
  }

  /// Has `mktree`, a `git mktree -z --batch --missing` (git-mktree(1)), write the tree, folders before what
  /// holds them. Blocks.
  /// - Returns: Its id; nil where git ended without an answer.
  /// - Throws: `ChildProcessError`.
  func write(to mktree: ProcessConversation) throws(ChildProcessError) -> String? {
    var lines: [UInt8] = []
    for (name, node) in nodes {
      let id: String
      switch node {
      case .object(_, let known): id = known
      case .open(let draft):
        guard let written = try draft.write(to: mktree) else { return nil }
        id = written
      }
      lines += "\(String(node.mode, radix: 8)) \(node.kind.objectType) \(id)\t".utf8
      lines += name + [0]
    }
    mktree.send(lines + [0])
    return try mktree.read(through: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }
}
