package import Model

extension DesiredState {
  /// The keys whose digest `newer` adds or changes, ascending.
  package func keysDeclaredAnew(in newer: DesiredState) -> [ImageKey] {
    var keys: [ImageKey] = []
    forEachKey(self, newer) { key, old, new in
      if let new, new.digest != old?.digest { keys.append(key) }
    }
    return keys
  }

  /// The images that differ from `old`, ascending by key.
  package func difference(from old: DesiredState) -> [ImageDifference] {
    var differences: [ImageDifference] = []
    forEachKey(old, self) { key, old, new in
      if old != new { differences.append(ImageDifference(key: key, old: old, new: new)) }
    }
    return differences
  }
}

/// Calls `body` with every key of either state, ascending, in one walk.
func forEachKey(
  _ a: DesiredState, _ b: DesiredState,
  _ body: (ImageKey, DesiredState.Entry?, DesiredState.Entry?) -> Void
) {
  var (left, right) = (a.entries[...], b.entries[...])
  while let first = left.first, let second = right.first {
    if first.key == second.key {
      body(first.key, left.removeFirst(), right.removeFirst())
    } else if first.key < second.key {
      body(first.key, left.removeFirst(), nil)
    } else {
      body(second.key, nil, right.removeFirst())
    }
  }
  for entry in left { body(entry.key, entry, nil) }
  for entry in right { body(entry.key, nil, entry) }
}
