import Model
import YAML

/// Writes the canonical text of a merge from parts of the three texts: the comments above and below, each repository's
/// name, each image's block.
struct MergedText {
  /// What `git merge` writes behind its markers: the names of the two sides.
  struct Labels {
    let ours: String
    let theirs: String
  }

  let base: StateIndex
  let ours: StateIndex
  let theirs: StateIndex
  /// The images of the result, ascending by key; no entry for one in conflict.
  let images: [(key: ImageKey, entry: DesiredState.Entry?)]

  /// - Parameter labels: for the markers around conflicts; without them, conflicts are as ours has them.
  func bytes(labels: Labels?) -> [UInt8] {
    let images = Dictionary(grouping: images, by: \.key.repository)
    let names = Set(images.keys).union(ours.repositories.keys).union(theirs.repositories.keys).sorted()
    let repositories = names.compactMap { repository($0, images[$0] ?? [], labels) }
    var text = CanonicalText()
    text.append(
      choice { side in Formatter.block(side.layout) { $0.writeOpening(isEmpty: repositories.isEmpty) } })
    text.append(repositories.joined(separator: [UInt8(ascii: "\n")]))
    text.append(choice { side in Formatter.block(side.layout) { $0.writeClosing() } })
    return text.bytes
  }

  /// Ours, unless only theirs changed it.
  private func choice<Part: Equatable>(_ part: (StateIndex) -> Part) -> Part {
    let ours = part(ours)
    return ours == part(base) ? part(theirs) : ours
  }

  /// Nil for a repository that the merge removes.
  private func repository(
    _ name: RepositoryName, _ images: [(key: ImageKey, entry: DesiredState.Entry?)], _ labels: Labels?
  ) -> [UInt8]? {
    let blocks = images.compactMap { image(of: $0.key, to: $0.entry, labels) }
    let parts = { (side: StateIndex) -> [[UInt8]]? in
      side.repositories[name].map { element in
        let name = Formatter.block(side.layout) { $0.writeRepositoryName(element, isEmpty: blocks.isEmpty) }
        return [name, Formatter.block(side.layout) { $0.writeRepositoryFoot(element) }]
      }
    }
    // Images stay in a repository that one side removed where the other side changed or added them.
    guard let own = choice(parts) ?? (blocks.isEmpty ? nil : parts(ours) ?? parts(theirs)) else { return nil }
    if blocks.isEmpty, !isKeptEmpty(name, own) { return nil }
    return own[0] + blocks.joined(separator: [UInt8(ascii: "\n")]) + own[1]
  }

  /// A repository that lost its last image stays only for its comments; one that never had any stays as it is.
  private func isKeptEmpty(_ name: RepositoryName, _ parts: [[UInt8]]) -> Bool {
    var bare = CanonicalText()
    bare.line(1, name.description.utf8, value: "{}".utf8)
    return parts != [bare.bytes, []] || ours.isEmpty(name) || theirs.isEmpty(name)
  }

  /// Nil for an image in conflict that ours removed, where there are no markers.
  private func image(of key: ImageKey, to entry: DesiredState.Entry?, _ labels: Labels?) -> [UInt8]? {
    let (old, own, other) = (block(of: key, in: base), block(of: key, in: ours), block(of: key, in: theirs))
    guard let entry else {
      guard let labels else { return own }
      return Array("<<<<<<< \(labels.ours.printable)\n".utf8) + (own ?? []) + Array("=======\n".utf8)
        + (other ?? []) + Array(">>>>>>> \(labels.theirs.printable)\n".utf8)
    }
    // Where only one side changed the block, with its comments, that side's is taken whole.
    if own == old || own == nil, let other, theirs[key]?.entry == entry { return other }
    return block(of: key, in: ours, as: entry) ?? block(of: key, in: theirs, as: entry)
  }

  private func block(
    of key: ImageKey, in side: StateIndex, as entry: DesiredState.Entry? = nil
  ) -> [UInt8]? {
    side[key].map { image in Formatter.block(side.layout) { $0.writeImage(image.element, as: entry) } }
  }
}

extension StateIndex {
  /// Whether the file has the repository without an image in it.
  fileprivate func isEmpty(_ repository: RepositoryName) -> Bool {
    repositories[repository].map { layout.children(of: $0).isEmpty } ?? false
  }
}
