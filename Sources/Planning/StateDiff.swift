package import Model

extension DesiredState {
  /// The keys whose digest `newer` adds or changes: one merge walk over both.
  package func keysDeclaredAnew(in newer: DesiredState) -> [ImageKey] {
    var keys: [ImageKey] = []
    var index = entries.startIndex
    for entry in newer.entries {
      while index < entries.endIndex, entries[index].key < entry.key { index += 1 }
      let isSame =
        index < entries.endIndex && entries[index].key == entry.key && entries[index].digest == entry.digest
      if !isSame { keys.append(entry.key) }
    }
    return keys
  }
}

extension DesiredState {
  /// The images that differ from `old`, ascending by key: one merge walk over both.
  package func difference(from old: DesiredState) -> [ImageDifference] {
    var differences: [ImageDifference] = []
    var rest = old.entries[...]
    for entry in entries {
      while let first = rest.first, first.key < entry.key {
        differences.append(ImageDifference(key: first.key, old: first, new: nil))
        rest.removeFirst()
      }
      if let first = rest.first, first.key == entry.key {
        if first != entry { differences.append(ImageDifference(key: entry.key, old: first, new: entry)) }
        rest.removeFirst()
      } else {
        differences.append(ImageDifference(key: entry.key, old: nil, new: entry))
      }
    }
    return differences + rest.map { ImageDifference(key: $0.key, old: $0, new: nil) }
  }
}
