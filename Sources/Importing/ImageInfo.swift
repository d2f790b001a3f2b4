package import Model
import YAML

/// The record that the .NET teams' ImageBuilder writes of what it published: `image-info.json`, schema 2.0
/// (dotnet/docker-tools, `ImageArtifactDetails`).
///
///     {"schemaVersion": "2.0", "repos": [{"repo": R, "images": [
///       {"manifest": {"digest": D, "created": T, "sharedTags": [TAG…]},
///        "platforms": [{"digest": D, "created": T, "simpleTags": [TAG…], …}]}]}]}
///
/// A digest stands there as `mcr.microsoft.com/R@sha256:…`.
package struct ImageInfo {
  private var reading: ImportReading

  /// Reads `bytes`, which messages call `name`. Other keys of the schema mean nothing here.
  ///
  /// JSON is read as the YAML that it is (YAML 1.2.2, 1.3), so that every message has its place.
  /// - Parameter repositories: Those to read; all where it is empty. One that the record lacks is an error.
  package static func read(
    _ bytes: [UInt8], name: String, pattern: TagPattern, only repositories: Set<RepositoryName> = []
  ) -> ImportReading {
    let (document, diagnostics) = Document.parse(bytes.replacingSurrogateEscapes, name: name)
    var info = ImageInfo(reading: ImportReading(diagnostics, pattern: pattern))
    let root = document.root(&info.reading.diagnostics, ifEmpty: "name an image-info.json")
    if let root { info.readFile(root, only: repositories) }
    return info.reading
  }

  private mutating func readFile(_ root: Node, only repositories: Set<RepositoryName>) {
    guard var fields = Fields(root, of: "the file", &reading.diagnostics) else { return }
    let remedy = "name an image-info.json of schema 2.0"
    guard let version = fields.require("schemaVersion", remedy: remedy, &reading.diagnostics) else { return }
    guard version.hasText("2.0") else {
      reading.diagnostics.error(
        at: version, "the schema \(version.text.quoted) is not supported", remedy: remedy)
      return
    }
    guard let list = fields.require("repos", remedy: remedy, &reading.diagnostics) else { return }
    var missing = repositories
    for item in list.list("\"repos\"", &reading.diagnostics) {
      guard var fields = Fields(item, of: "the repository", &reading.diagnostics),
        let name = fields.require("repo", remedy: "write its name", &reading.diagnostics),
        let repository = reading.diagnostics.value(of: name, RepositoryName.init)
      else { continue }
      missing.remove(repository)
      guard repositories.isEmpty || repositories.contains(repository) else { continue }
      let images = fields.take("images", &reading.diagnostics)
      for image in images?.list("\"images\"", &reading.diagnostics) ?? [] { readImage(image, in: repository) }
    }
    for repository in missing.sorted() where list.document.isComplete {
      reading.diagnostics.error(
        at: list, "the file has no repository \(repository)", remedy: "check its spelling")
    }
  }

  private mutating func readImage(_ image: Node, in repository: RepositoryName) {
    guard var fields = Fields(image, of: "the image", &reading.diagnostics) else { return }
    if let manifest = fields.take("manifest", &reading.diagnostics), !manifest.isNull {
      readTags("sharedTags", of: manifest, "the manifest", in: repository)
    }
    let platforms = fields.take("platforms", &reading.diagnostics)
    for platform in platforms?.list("\"platforms\"", &reading.diagnostics) ?? [] {
      readTags("simpleTags", of: platform, "the platform", in: repository)
    }
  }

  /// The tags of a manifest list or of a platform's image, and the digest that they have.
  private mutating func readTags(_ key: String, of owner: Node, _ what: String, in repository: RepositoryName)
  {
    guard var fields = Fields(owner, of: what, &reading.diagnostics) else { return }
    let tags = fields.take(key, &reading.diagnostics)?.list(key.quoted, &reading.diagnostics) ?? []
    guard !tags.isEmpty else {
      reading.untaggedImages += 1
      return
    }
    let remedy = "publish the image first, or remove its tags"
    guard let node = fields.require("digest", remedy: remedy, &reading.diagnostics),
      let digest = readDigest(node)
    else { return }
    let created = fields.take("created", &reading.diagnostics).flatMap { node in
      node.isNull ? nil : reading.diagnostics.value(of: node, Timestamp.init(_:))
    }
    for tag in tags { reading.take(tag, of: digest, created: created, in: repository) }
  }

  /// What follows the last `@`; all of it where there is none.
  private mutating func readDigest(_ node: Node) -> Digest? {
    guard node.name("\"digest\"", &reading.diagnostics) != nil else { return nil }
    return reading.diagnostics.value(of: node) { text throws(InvalidValue) in
      try Digest(text.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
    }
  }
}
