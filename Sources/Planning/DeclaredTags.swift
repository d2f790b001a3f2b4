package import Model

/// The tags that a channel makes of a desired state, ascending by repository and tag.
package struct DeclaredTags: Sendable {
  package struct Entry: Hashable, Sendable {
    package let key: ImageKey
    package let tag: TagName
    package let digest: Digest
    /// The branch does not declare it: it is new on the channel that this one creates from.
    package let isCreated: Bool

    package init(key: ImageKey, tag: TagName, digest: Digest, isCreated: Bool = false) {
      self.key = key
      self.tag = tag
      self.digest = digest
      self.isCreated = isCreated
    }

    package var reference: TagReference { TagReference(key.repository, tag) }
  }

  package let entries: [Entry]

  /// - Throws: `InvalidValue` where a tag exceeds 128 characters, or two images of a repository give one tag.
  package init(_ state: DesiredState, template: TagTemplate) throws(InvalidValue) {
    var entries: [Entry] = []
    entries.reserveCapacity(state.entries.count)
    for entry in state.entries {
      entries.append(Entry(key: entry.key, tag: try template.tag(for: entry.key.image), digest: entry.digest))
    }
    self.init(sorting: entries)
    for (entry, next) in zip(self.entries, self.entries.dropFirst()) where entry.reference == next.reference {
      throw InvalidValue(
        "\(entry.key) and \(next.key) both make the tag \(entry.reference)",
        remedy: "put {image} into the channel's tag template, or keep one of them")
    }
  }

  /// - Parameter entries: of different tags.
  init(sorting entries: [Entry]) {
    // A template with {image} keeps the order of the images unless one name is a prefix of another.
    self.entries = entries.sorted { $0.reference < $1.reference }
  }

  /// The entry that makes `reference`, by binary search.
  package subscript(reference: TagReference) -> Entry? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].reference < reference { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].reference == reference ? entries[low] : nil
  }
}
