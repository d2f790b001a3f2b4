package import Model
import YAML

extension StateText {
  /// Reads `files` (at least one) as one desired state: a file, or all files of a directory.
  ///
  /// Errors: those of `Document.parse`; a version other than 1; an unknown or duplicate key; a repository or image
  /// that is declared twice, in different files too; a malformed name, digest, hold or day; a tag of over 128
  /// characters, also under any of `keepTemplates`, or one that two images of a repository give, under any of
  /// `templates`. Warnings: a file that is not in its canonical form; an image whose `eol` is before `today`, in UTC.
  package static func read(
    _ files: [StateText], templates: [TagTemplate] = [], keepTemplates: [KeepTemplate] = [], today: Day? = nil
  ) -> StateReading {
    guard !files.isEmpty else {
      var diagnostics = Diagnostics(Source(name: "desired state", bytes: []))
      diagnostics.error(at: 0, "there is no file to read", remedy: "check state: in tagkeeper.yaml")
      return StateReading(state: nil, diagnostics: diagnostics.sorted)
    }
    var merge = StateMerge(files.sorted { $0.path < $1.path }.map(ParsedState.init))
    merge.checkTags(of: templates)
    merge.checkTags(of: keepTemplates)
    merge.checkForm()
    if let today { merge.checkDays(before: today) }
    let diagnostics = merge.files.flatMap(\.diagnostics.sorted)
    guard !merge.files.contains(where: \.diagnostics.hasErrors) else {
      return StateReading(state: nil, diagnostics: diagnostics)
    }
    return StateReading(state: DesiredState(ascending: merge.entries), diagnostics: diagnostics)
  }
}

/// Several parsed files on their way to one state. What is declared twice is an error at its second place.
struct StateMerge {
  /// By path.
  private(set) var files: [ParsedState]
  /// Every declaration with the index of its file, by key; of one key, in the order of files and lines.
  private let declarations: [(file: Int, declaration: ParsedState.Declaration)]

  init(_ files: [ParsedState]) {
    self.files = files
    let all = files.indices.flatMap { file in files[file].declarations.map { (file: file, declaration: $0) } }
    let isSorted = zip(all, all.dropFirst()).allSatisfy { $0.declaration.key < $1.declaration.key }
    // The standard library's sort is stable; a file in canonical form needs none.
    declarations = isSorted ? all : all.sorted { $0.declaration.key < $1.declaration.key }
    checkRepositories()
    checkImages()
  }

  /// Ascending by key; without duplicates where there is no error.
  var entries: [DesiredState.Entry] { declarations.compactMap(\.declaration.entry) }

  private mutating func checkRepositories() {
    var first: [RepositoryName: (file: Int, key: Node)] = [:]
    for file in files.indices {
      for (name, key) in files[file].repositories {
        if let earlier = first[name] {
          report(key, in: file, earlier, "the repository \(name.description.quoted) is declared twice")
        } else {
          first[name] = (file, key)
        }
      }
    }
  }

  private mutating func checkImages() {
    var first = 0
    for index in declarations.indices.dropFirst() {
      let (file, declaration) = declarations[index]
      guard declaration.key == declarations[first].declaration.key else {
        first = index
        continue
      }
      let earlier = (declarations[first].file, declarations[first].declaration.name)
      report(
        declaration.name, in: file, earlier, "\(declaration.key.image.description.quoted) is declared twice")
    }
  }

  mutating func checkTags(of templates: [TagTemplate]) {
    let collisions = TagCollisions(templates)
    for template in Set(templates).sorted(by: { $0.description < $1.description }) {
      check(template) { image throws(InvalidValue) in _ = try template.tag(for: image) }
    }
    for collision in collisions.find(in: declarations.map(\.declaration.key)) {
      let (file, declaration) = declarations[collision.second]
      let (firstFile, first) = declarations[collision.first]
      let note = files[firstFile].diagnostics.note(at: first.name, "the other image")
      files[file].diagnostics.error(
        at: declaration.name,
        "\(declaration.key.image.description.quoted) gives the tag \(collision.tag), and "
          + "\(first.key.image.description.quoted) does too",
        remedy: "rename one of the two images", notes: [note])
    }
  }

  mutating func checkTags(of templates: [KeepTemplate]) {
    for template in Set(templates).sorted(by: { $0.description < $1.description }) {
      check(template) { image throws(InvalidValue) in try template.validate(image) }
    }
  }

  /// Reports each image that a template makes no tag of.
  private mutating func check(
    _ template: some CustomStringConvertible, _ makeTag: (ImageName) throws(InvalidValue) -> Void
  ) {
    for (file, declaration) in declarations {
      do throws(InvalidValue) {
        try makeTag(declaration.key.image)
      } catch {
        files[file].diagnostics.error(
          at: declaration.name, "under \(template) \(error.problem)", remedy: error.remedy)
      }
    }
  }

  mutating func checkDays(before today: Day) {
    for (file, declaration) in declarations {
      guard let eol = declaration.entry?.eol, eol < today else { continue }
      files[file].diagnostics.warning(
        at: declaration.name.range.lowerBound, "the image is past its eol day, \(eol)",
        remedy: "remove it, or move the day")
    }
  }

  mutating func checkForm() {
    for index in files.indices { files[index].checkForm() }
  }

  private mutating func report(
    _ key: Node, in file: Int, _ first: (file: Int, key: Node), _ message: String
  ) {
    let note = files[first.file].diagnostics.note(at: first.key, "first here")
    files[file].diagnostics.error(at: key, message, remedy: "keep one of the two", notes: [note])
  }
}
