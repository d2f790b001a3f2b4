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
