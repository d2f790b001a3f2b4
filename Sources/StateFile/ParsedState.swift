import Model
import YAML

/// What one file declares, valid or not, with its places.
struct ParsedState {
  struct Declaration {
    let key: ImageKey
    /// The image's name in the file.
    let name: Node
    /// Nil where the digest is missing or wrong.
    let entry: DesiredState.Entry?
  }

  let document: Document
  var diagnostics: Diagnostics
  private(set) var repositories: [(name: RepositoryName, key: Node)] = []
  /// In document order.
  private(set) var declarations: [Declaration] = []

  init(_ file: StateText) {
    (document, diagnostics) = Document.parse(file.bytes, name: file.path)
    if !document.isComplete, reportConflicts() { return }
    let remedy = "write version: 1 and repositories: {}, or undo what emptied it"
    if let root = document.root(&diagnostics, ifEmpty: remedy) { readFile(root) }
  }

  private mutating func readFile(_ root: Node) {
    guard var fields = Fields(root, of: "the file", &diagnostics) else { return }
    let version = fields.require("version", remedy: "write version: 1 as the first line", &diagnostics)
    // Another version may mean anything: its other keys are not judged.
    if let version, !version.isSupportedVersion(&diagnostics) { return }
    let remedy = "write repositories: {} for a state without images"
    if let value = fields.require("repositories", remedy: remedy, &diagnostics), !value.isNull,
      value.isMapping("\"repositories\"", &diagnostics)
    {
      for (key, value) in value.pairs where key.isKey(&diagnostics) { readRepository(key, value) }
    }
    let host = "no registry host here: it stands in tagkeeper.yaml"
    fields.finish(&diagnostics, remedies: ["registry": host, "host": host])
  }

  private mutating func readRepository(_ key: Node, _ value: Node) {
    let name = repositoryName(key)
    if let name { repositories.append((name, key)) }
    // Nothing and {} are a repository without images.
    guard !value.isNull, value.isMapping("the repository \(key.text.quoted)", &diagnostics) else { return }
    for (key, value) in value.pairs where key.isKey(&diagnostics) { readImage(key, value, in: name) }
  }

  private mutating func repositoryName(_ key: Node) -> RepositoryName? {
    let text = key.text
    let firstPart = text.prefix { $0 != "/" }
    let hasHost = firstPart.contains(":") || text.contains("://")
    do throws(InvalidValue) {
      let name = try RepositoryName(text)
      if firstPart.contains("."), firstPart.utf8.count < text.utf8.count {
        diagnostics.warning(
          at: key.range.lowerBound, "\(text.quoted) looks as if it began with a registry host",
          remedy: "no registry host here: it stands in tagkeeper.yaml")
      }
      return name
    } catch {
      let host = InvalidValue(
        error.problem, remedy: "no registry host here: write what follows it, such as team/images")
      diagnostics.error(at: key, hasHost ? host : error)
      return nil
    }
  }

  private mutating func readImage(_ key: Node, _ value: Node, in repository: RepositoryName?) {
    let name = diagnostics.value(of: key) { text throws(InvalidValue) in try ImageName(text) }
    guard let image = readFields(key, value), let repository, let name else { return }
    let imageKey = ImageKey(repository, name)
    let entry = image.digest.map {
      DesiredState.Entry(key: imageKey, digest: $0, hold: image.hold, eol: image.eol)
    }
    declarations.append(Declaration(key: imageKey, name: key, entry: entry))
  }

  /// Nil where the value is no mapping at all.
  private mutating func readFields(
    _ key: Node, _ value: Node
  ) -> (digest: Digest?, hold: String?, eol: Day?)? {
    if value.kind == .scalar, !value.isNull {
      diagnostics.error(
        at: value, "the image \(key.text.quoted) has to be a mapping, not \(value.text.quoted)",
        remedy: "write digest: sha256:… on a line of its own below it")
      return nil
    }
    if value.isNull { return missingDigest(key) }
    let known = DesiredState.Entry.fieldNames
    guard var fields = Fields(value, owner: key, of: "the image", known: known, &diagnostics) else {
      return nil
    }
    let digest = fields.require("digest", remedy: Self.digestRemedy, &diagnostics)
      .flatMap { readDigest($0) }
    let hold = fields.take("hold", &diagnostics).flatMap { readHold($0) }
    let eol = fields.take("eol", &diagnostics).flatMap { node -> Day? in
      guard node.name("\"eol\"", &diagnostics) != nil else { return nil }
      return diagnostics.value(of: node) { text throws(InvalidValue) in try Day(text) }
    }
    fields.finish(&diagnostics)
    return (digest, hold, eol)
  }

  private static let digestRemedy = "write digest: sha256:… below it"

  private mutating func missingDigest(_ key: Node) -> (digest: Digest?, hold: String?, eol: Day?) {
    diagnostics.error(at: key, "the image has no \"digest\"", remedy: Self.digestRemedy)
    return (nil, nil, nil)
  }

  private mutating func readDigest(_ node: Node) -> Digest? {
    guard node.name("\"digest\"", &diagnostics) != nil else { return nil }
    return diagnostics.value(of: node) { text throws(InvalidValue) in try Digest(text) }
  }

  private mutating func readHold(_ node: Node) -> String? {
    let remedy = "write the reason, or remove the line"
    guard !node.isNull else {
      diagnostics.error(at: node, "\"hold\" has no value", remedy: remedy)
      return nil
    }
    guard let text = node.string("\"hold\"", &diagnostics) else { return nil }
    if !text.contains(where: { !$0.isWhitespace }) {
      diagnostics.error(at: node, "\"hold\" is empty", remedy: remedy)
      return nil
    }
    return text
  }
}

extension Diagnostics {
  /// The value that `make` makes of the node's text; its error is reported at the node. `Importing` has a copy: from
  /// another target a generic is not specialised, and this one is called for every image (design, section 8).
  mutating func value<T>(of node: Node, _ make: (String) throws(InvalidValue) -> T) -> T? {
    do throws(InvalidValue) {
      return try make(node.text)
    } catch {
      self.error(at: node, error)
      return nil
    }
  }
}
