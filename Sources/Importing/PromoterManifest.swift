package import Model
import YAML

/// The images of a Kubernetes image-promoter manifest (kubernetes-sigs/promo-tools, docs/image-promotion.md): a thin
/// one's `images.yaml`, or a plain one, whose `images` are read.
///
///     - name: NAME
///       dmap:
///         "sha256:…": ["TAG", …]
///
/// The promoter makes `REGISTRY/NAME:TAG` of it, REGISTRY being a host and mostly a path. The path is the `prefix`.
package struct PromoterManifest {
  private let prefix: RepositoryName?
  private var reading: ImportReading

  /// Reads `bytes`, which messages call `name`. A digest without tags is promoted untagged: nothing is declared for it.
  /// - Parameter prefix: What stands before each name, joined by `/`; nil for nothing.
  package static func read(
    _ bytes: [UInt8], name: String, pattern: TagPattern, prefix: RepositoryName? = nil
  ) -> ImportReading {
    let (document, diagnostics) = Document.parse(bytes, name: name)
    var manifest = PromoterManifest(prefix: prefix, reading: ImportReading(diagnostics, pattern: pattern))
    let root = document.root(&manifest.reading.diagnostics, ifEmpty: "name an images.yaml")
    if let root { manifest.readFile(root) }
    return manifest.reading
  }

  private mutating func readFile(_ root: Node) {
    var images = root
    if root.kind == .mapping {
      guard var fields = Fields(root, of: "the file", &reading.diagnostics),
        let found = fields.require(
          "images", remedy: "name the images.yaml that belongs to it", &reading.diagnostics)
      else { return }
      images = found
    }
    for image in images.list("the list of images", &reading.diagnostics) { readImage(image) }
  }

  private mutating func readImage(_ image: Node) {
    guard var fields = Fields(image, of: "the image", &reading.diagnostics) else { return }
    let name = fields.require("name", remedy: "write its name", &reading.diagnostics)
    let digests = fields.require("dmap", remedy: "write its digests and their tags", &reading.diagnostics)
    guard let repository = name.flatMap({ readRepository($0) }), let digests, !digests.isNull else { return }
    guard digests.isMapping("\"dmap\"", &reading.diagnostics) else { return }
    for (key, tags) in digests.pairs where key.isKey(&reading.diagnostics) {
      guard let digest = reading.diagnostics.value(of: key, { text throws(InvalidValue) in try Digest(text) })
      else { continue }
      let tags = tags.list("the tags of \(digest.short)", &reading.diagnostics)
      if tags.isEmpty { reading.untaggedImages += 1 }
      for tag in tags { reading.take(tag, of: digest, created: nil, in: repository) }
    }
  }

  private mutating func readRepository(_ node: Node) -> RepositoryName? {
    guard node.name("\"name\"", &reading.diagnostics) != nil else { return nil }
    return reading.diagnostics.value(of: node) { [prefix] text throws(InvalidValue) in
      try RepositoryName(prefix.map { "\($0)/\(text)" } ?? text)
    }
  }
}
