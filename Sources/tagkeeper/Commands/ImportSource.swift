import Importing
import Model
import StateFile
import YAML

/// Where `import` reads: exactly one of its `--from-…`.
enum ImportSource {
  case registry(Workspace, [RepositoryName])
  /// All repositories where none is named.
  case imageInfo(path: String, [RepositoryName])
  case imagePromoter(path: String, prefix: RepositoryName?)

  /// - Throws: `CommandFailure` with status 64 for no source or several, and for repositories that don't fit it.
  init(_ arguments: Arguments) throws(CommandFailure) {
    let names = ["--from-registry", "--from-image-info", "--from-image-promoter"]
    let given = names.filter(arguments.isGiven)
    guard let source = given.first, given.count == 1 else {
      let problem = given.isEmpty ? "import needs a source" : "import reads one source"
      throw CommandFailure("\(problem): give one of \(names.joined(separator: ", "))", status: .usage)
    }
    var repositories: [RepositoryName] = []
    do {
      for text in arguments.all("--repository") { repositories.append(try RepositoryName(text)) }
    } catch {
      throw CommandFailure("\(error)", status: .usage)
    }
    switch source {
    case "--from-registry":
      guard !repositories.isEmpty else {
        throw CommandFailure("which repository? give --repository NAME, once for each", status: .usage)
      }
      self = .registry(try Workspace(arguments), Set(repositories).sorted())
    case "--from-image-info": self = .imageInfo(path: arguments[source] ?? "", repositories)
    default:
      guard repositories.count <= 1 else {
        throw CommandFailure(
          "an image promoter's names have one prefix: give one --repository", status: .usage)
      }
      self = .imagePromoter(path: arguments[source] ?? "", prefix: repositories.first)
    }
  }

  /// - Throws: `CommandFailure` with everything that is wrong; then nothing is to be written.
  func read(
    _ pattern: TagPattern, preferring preference: ConflictPreference?
  ) async throws(CommandFailure) -> ImportedImages {
    switch self {
    case .registry(let workspace, let repositories):
      // One pattern gives each tag another name.
      guard preference == nil else {
        throw CommandFailure(
          "a registry has no conflicts: leave --prefer to the other sources", status: .usage)
      }
      return try await RegistryImport(workspace, pattern).read(repositories)
    case .imageInfo(let path, let repositories):
      let reading = ImageInfo.read(
        try StateText.file(at: path).bytes, name: path, pattern: pattern, only: Set(repositories))
      return try ImportedImages(reading, from: path, pattern, preference)
    case .imagePromoter(let path, let prefix):
      let reading = PromoterManifest.read(
        try StateText.file(at: path).bytes, name: path, pattern: pattern, prefix: prefix)
      return try ImportedImages(reading, from: path, pattern, preference)
    }
  }
}

extension ImportedImages {
  fileprivate init(
    _ reading: ImportReading, from path: String, _ pattern: TagPattern, _ preference: ConflictPreference?
  ) throws(CommandFailure) {
    let imported = reading.state(preferring: preference)
    guard let state = imported.state else {
      let diagnostics = imported.diagnostics.map(\.description).joined(separator: "\n")
      throw CommandFailure("nothing was written:\n\(diagnostics)")
    }
    guard imported.idlePreferences.isEmpty else {
      let digests = imported.idlePreferences.sorted().map(\.description).joined(separator: ", ")
      throw CommandFailure("no conflict has what --prefer names: \(digests)", status: .usage)
    }
    self.init(
      state, from: path, decided: imported.decided,
      leftOut: [
        (reading.unmatchedTags, "tag", "not matching \(pattern)"),
        (reading.referrersTags, "tag", "of signatures"), (reading.untaggedImages, "image", "without a tag"),
      ])
  }
}
