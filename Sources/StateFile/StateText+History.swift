package import Model
import YAML

/// What an old version of a state file declared, as far as it can be read.
package struct LenientReading: Sendable {
  /// In document order, duplicates kept: which of them was live then can't be known.
  package fileprivate(set) var entries: [DesiredState.Entry] = []
  /// In document order, those without images and duplicates too.
  package fileprivate(set) var repositories: [RepositoryName] = []
  /// False where something was left out, so that what is missing is unknown, not absent.
  package fileprivate(set) var isWhole: Bool
  /// False where something in it means nothing, or stands twice: such a state is never applied.
  package fileprivate(set) var isValid = true
}

extension StateText {
  /// The images that an old version of the file declared. Never fails: what can't be read is left out, and unknown keys
  /// mean nothing (design, "Ownership").
  package func lenientReading() -> LenientReading {
    let (document, _) = Document.parse(bytes, name: path)
    guard let root = document.root else { return LenientReading(isWhole: false) }
    let states = root.pairs.filter { $0.key.hasText("repositories") }
    var reading = LenientReading(isWhole: document.isComplete && !states.isEmpty)
    reading.isValid =
      root.count == 2 && states.count == 1
      && root.pairs.contains { $0.key.hasText("version") && $0.value.hasText("1") }
    for (key, value) in states.flatMap(\.value.pairs) {
      guard let repository = try? RepositoryName(key.text) else {
        reading.isWhole = false
        continue
      }
      reading.repositories.append(repository)
      for (key, value) in value.pairs { reading.take(key, value, in: repository) }
    }
    if reading.hasDuplicates { reading.isValid = false }
    return reading
  }
}

extension LenientReading {
  /// A sorted file, as most are, needs no set of its images.
  fileprivate var hasDuplicates: Bool {
    let isAscending = zip(entries, entries.dropFirst()).allSatisfy { $0.key < $1.key }
    return !isAscending && Set(entries.map(\.key)).count < entries.count
  }

  fileprivate mutating func take(_ name: Node, _ image: Node, in repository: RepositoryName) {
    let digests = image.pairs.compactMap { $0.key.hasText("digest") ? try? Digest($0.value.text) : nil }
    guard let name = try? ImageName(name.text), !digests.isEmpty else { return isWhole = false }
    let isKnown = image.pairs.allSatisfy { pair in
      DesiredState.Entry.fieldNames.contains { pair.key.hasText($0) }
    }
    if !isKnown || digests.count > 1 { isValid = false }
    let eol = image.value(of: "eol").flatMap { try? Day($0) }
    let key = ImageKey(repository, name)
    entries += digests.map { .init(key: key, digest: $0, hold: image.value(of: "hold"), eol: eol) }
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
