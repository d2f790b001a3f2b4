import Model

extension [Timestamp] {
  /// The times of a chain of commits with those of wrong clocks put in order. A longest run of times that never go
  /// back is believed, as most clocks are right; what stands between takes the time of what comes before it.
  var inOrder: [Timestamp] {
    let believed = longestOrderedRun
    guard let first = believed.first else { return self }
    var times = self
    var last = self[first]
    var next = believed.makeIterator()
    var nextIndex = next.next()
    for index in indices {
      if index == nextIndex {
        last = self[index]
        nextIndex = next.next()
      }
      times[index] = last
    }
    return times
  }

  /// Indices of a longest subsequence that never decreases (patience sorting).
  private var longestOrderedRun: [Int] {
    var tails: [Int] = []
    var previous = [Int?](repeating: nil, count: count)
    for index in indices {
      var (low, high) = (0, tails.count)
      while low < high {
        let middle = (low + high) / 2
        if self[tails[middle]] <= self[index] { low = middle + 1 } else { high = middle }
      }
      previous[index] = low > 0 ? tails[low - 1] : nil
      if low < tails.count { tails[low] = index } else { tails.append(index) }
    }
    var run: [Int] = []
    var index = tails.last
    while let current = index {
      run.append(current)
      index = previous[current]
    }
    return run.reversed()
  }
}
