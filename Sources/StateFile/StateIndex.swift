import Model
import YAML

/// A state file without errors: its elements, and which of them declares what.
struct StateIndex {
  struct Image {
    let entry: DesiredState.Entry
    /// An index of the layout's elements.
    let element: Int
  }

  let file: StateText
  let layout: Layout
  /// Ascending by key.
  let images: [Image]
  /// Elements by name.
  let repositories: [RepositoryName: Int]

  /// Reads `files` as one state, by path.
  /// - Throws: `StateEditError` where one has errors, or two declare one thing.
  static func read(_ files: [StateText]) throws(StateEditError) -> [StateIndex] {
    let files = files.sorted { $0.path < $1.path }
    let merge = StateMerge(files.map(ParsedState.init))
    for (file, parsed) in zip(files, merge.files) where parsed.diagnostics.hasErrors {
      throw StateEditError(
        "\(file.path) has errors and was not edited", remedy: "mend them first",
        diagnostics: parsed.diagnostics.sorted)
    }
    return zip(files, merge.files).map(StateIndex.init)
  }

  /// - Throws: `StateEditError` where the file has errors.
  init(_ file: StateText) throws(StateEditError) { self = try Self.read([file])[0] }

  /// The parse of a file without errors declares each of its elements, in document order.
  private init(_ file: StateText, _ parsed: ParsedState) {
    self.file = file
    layout = Layout(parsed.document)
    let elements = layout.elements
    var repositories: [RepositoryName: Int] = [:]
    let repositoryElements = elements.indices.filter { elements[$0].level == .repository }
    for (repository, element) in zip(parsed.repositories, repositoryElements) {
      repositories[repository.name] = element
    }
    self.repositories = repositories
    let imageElements = elements.indices.filter { elements[$0].level == .image }
    let images = zip(parsed.declarations, imageElements).compactMap { declaration, element in
      declaration.entry.map { Image(entry: $0, element: element) }
    }
    let isSorted = zip(images, images.dropFirst()).allSatisfy { $0.entry.key < $1.entry.key }
    self.images = isSorted ? images : images.sorted { $0.entry.key < $1.entry.key }
  }

  /// The image `key`, by binary search; nil where the file does not declare it.
  subscript(key: ImageKey) -> Image? {
    var (low, high) = (0, images.count)
    while low < high {
      let middle = (low + high) / 2
      if images[middle].entry.key < key { low = middle + 1 } else { high = middle }
    }
    return low < images.count && images[low].entry.key == key ? images[low] : nil
  }
}

/// The files of one state, by what they declare.
struct StateFiles {
  private let files: [StateIndex]
  /// By repository: it stands in one file.
  private let owners: [RepositoryName: Int]

  init(_ files: [StateIndex]) {
    self.files = files
    var owners: [RepositoryName: Int] = [:]
    for (index, file) in files.enumerated() { for name in file.repositories.keys { owners[name] = index } }
    self.owners = owners
  }

  static let none = StateFiles([])

  var firstPath: String? { files.first?.file.path }

  /// The file that has `repository`.
  func file(of repository: RepositoryName) -> StateIndex? { owners[repository].map { files[$0] } }

  /// The canonical block of the image with its comments; nil unless it is declared exactly so.
  func block(of entry: DesiredState.Entry, as text: CanonicalText) -> [UInt8]? {
    guard let file = file(of: entry.key.repository), let image = file[entry.key], image.entry == entry else {
      return nil
    }
    return Formatter.block(file.layout, as: text) { $0.writeImage(image.element) }
  }
}
