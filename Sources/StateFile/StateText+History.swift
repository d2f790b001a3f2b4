package import Model
import YAML

extension StateText {
  /// The images that an old version of the file declared, in document order and duplicates kept. Never fails: what
  /// can't be read is left out, and unknown keys mean nothing (design, "Ownership").
  package func lenientEntries() -> [DesiredState.Entry] {
    let (document, _) = Document.parse(bytes, name: path)
    guard let root = document.root else { return [] }
    var entries: [DesiredState.Entry] = []
    for (key, value) in root.pairs where key.hasText("repositories") {
      for (key, value) in value.pairs {
        guard let repository = try? RepositoryName(key.text) else { continue }
        for (key, value) in value.pairs {
          guard let image = try? ImageName(key.text) else { continue }
          entries += Self.digests(of: value).map { digest in
            let eol = value.value(of: "eol").flatMap { try? Day($0) }
            let key = ImageKey(repository, image)
            return DesiredState.Entry(key: key, digest: digest, hold: value.value(of: "hold"), eol: eol)
          }
        }
      }
    }
    return entries
  }

  /// All digests, of duplicate keys too: which of them was live then can't be known.
  private static func digests(of image: Node) -> [Digest] {
    image.pairs.compactMap { $0.key.hasText("digest") ? try? Digest($0.value.text) : nil }
  }
}

extension Node {
  /// The text of the first scalar that `key` has; nil where there is none, or it is empty.
  fileprivate func value(of key: String) -> String? {
    for pair in pairs where pair.key.hasText(key) && pair.value.kind == .scalar && !pair.value.isNull {
      return pair.value.text.isEmpty ? nil : pair.value.text
    }
    return nil
  }
}
