import Model
import YAML

extension Editor {
  /// A repository or an image that is new, as lines that end in a line break.
  struct Addition {
    let name: String
    let lines: [UInt8]
  }

  /// Takes out what is `removed` and puts in what is `added`, at its sorted place.
  mutating func rewriteChildren(
    adding added: [RepositoryName: [DesiredState.Entry]]
  ) throws(StateEditError) {
    let emptied = Set(removed.compactMap { layout.elements[$0].parent })
    for (name, repository) in index.repositories.sorted(by: { $0.value < $1.value })
    where added[name] != nil || emptied.contains(repository) {
      let text = text(columns: columns(inRepository: repository))
      let additions = (added[name] ?? []).map {
        Addition(name: $0.key.image.description, lines: block(of: $0, text))
      }
      try rewriteChildren(of: repository, adding: additions)
    }
    guard let section = layout.repositories else { throw needsFormat }
    let newNames = added.keys.filter { index.repositories[$0] == nil }.sorted()
    let text = text(columns: columns(inSection: section))
    let additions = newNames.map {
      Addition(name: $0.description, lines: newRepository($0, added[$0] ?? [], text))
    }
    try rewriteChildren(of: section, adding: additions)
  }

  private func block(of entry: DesiredState.Entry, _ text: CanonicalText) -> [UInt8] {
    if let block = donor.block(of: entry, as: text) { return block }
    var text = text
    text.image(entry)
    return text.bytes
  }

  /// A repository with the comments that the donor has at it.
  private func newRepository(
    _ name: RepositoryName, _ entries: [DesiredState.Entry], _ text: CanonicalText
  ) -> [UInt8] {
    let source = donor.file(of: name)
    let element = source?.repositories[name]
    var result = text
    if let source, let element {
      result.append(
        Formatter.block(source.layout, as: text) { $0.writeRepositoryName(element, isEmpty: false) })
    } else {
      result.line(1, name.description.utf8)
    }
    for (position, entry) in entries.enumerated() {
      if position > 0 { result.blankLine() }
      result.append(block(of: entry, text))
    }
    if let source, let element {
      result.append(Formatter.block(source.layout, as: text) { $0.writeRepositoryFoot(element) })
    }
    return result.bytes
  }

  private func columns(inRepository repository: Int) -> [Int] {
    guard let first = layout.children(of: repository).first else {
      let column = layout.column(of: layout.elements[repository])
      return [0, column, column + 2, column + 4]
    }
    let column = layout.column(of: layout.elements[first])
    return [0, 0, column, column + layout.step(below: first)]
  }

  private func columns(inSection section: Int) -> [Int] {
    let own = layout.column(of: layout.elements[section])
    guard let first = layout.children(of: section).first else { return [own, own + 2, own + 4, own + 6] }
    let column = layout.column(of: layout.elements[first])
    let images = column + layout.step(below: first)
    return [own, column, images, images + 2]
  }
}
