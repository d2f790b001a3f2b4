/// What a branch declares: image → digest, per repository. Sorted by key and free of duplicates, so that two
/// states are compared by one merge walk.
package struct DesiredState: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let key: ImageKey
    package var digest: Digest
    /// Why a rollout leaves this image as production has it; nil where it doesn't.
    package var hold: String?
    /// The day from which the image is due for removal.
    package var eol: Day?

    package init(key: ImageKey, digest: Digest, hold: String? = nil, eol: Day? = nil) {
      self.key = key
      self.digest = digest
      self.hold = hold
      self.eol = eol
    }
  }

  package static let empty = DesiredState(ascending: [])

  /// Ascending by key.
  package let entries: [Entry]

  /// - Throws: `InvalidValue` where two entries have one key.
  package init(_ entries: some Sequence<Entry>) throws(InvalidValue) {
    let sorted = entries.sorted { $0.key < $1.key }
    for (entry, next) in zip(sorted, sorted.dropFirst()) where entry.key == next.key {
      throw InvalidValue("\(entry.key) is declared twice", remedy: "keep one entry")
    }
    self.entries = sorted
  }

  /// For what a walk over states made: `entries` ascend by key, and no two have one.
  package init(ascending entries: [Entry]) {
    assert(zip(entries, entries.dropFirst()).allSatisfy { $0.key < $1.key })
    self.entries = entries
  }

  /// The entry of `key`, by binary search; nil where the image is not declared.
  package subscript(key: ImageKey) -> Entry? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].key == key ? entries[low] : nil
  }
}
