extension String {
  /// The candidate that this is most likely a slip of; nil where none is near: at most one edit per three characters.
  package func nearest(of candidates: [String]) -> String? {
    guard utf8.count <= 64 else { return nil }
    let scored = candidates.map { ($0, lowercased().editDistance(to: $0.lowercased())) }
    guard let (best, distance) = scored.min(by: { $0.1 < $1.1 }), distance <= max(1, best.count / 3) else {
      return nil
    }
    return best
  }

  /// Insertions, deletions, substitutions and swaps of neighbours that turn this into `other` (the optimal string
  /// alignment distance).
  func editDistance(to other: String) -> Int {
    let (a, b) = (Array(unicodeScalars), Array(other.unicodeScalars))
    var (beforeLast, last) = ([Int](), Array(0...b.count))
    for row in a.indices {
      var current = [row + 1]
      for column in b.indices {
        let substitution = last[column] + (a[row] == b[column] ? 0 : 1)
        var best = Swift.min(current[column] + 1, last[column + 1] + 1, substitution)
        if row > 0, column > 0, a[row] == b[column - 1], a[row - 1] == b[column] {
          best = Swift.min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[b.count]
  }
}
