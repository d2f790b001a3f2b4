import Model

extension CopyFlights {
  enum Flight {
    case waiting
    case underWay(_ id: Int)
  }

  struct State {
    var flights: [NeededImage: Flight] = [:]
    /// Ended, and no pass has heard of it: the place that had the image.
    var landed: [NeededImage: Result<String, WriteFailure>] = [:]
    /// Whole, and a pass has heard of it.
    var copied: [NeededImage: String] = [:]
    /// What waits for its turn, among what was cancelled since.
    var queue: ArraySlice<NeededImage> = []
    /// The copies that have not ended, those that were cancelled among them.
    var tasks: [Int: Task<Void, Never>] = [:]
    var lastID = 0
    var lookout: CheckedContinuation<Void, Never>?

    func isAwaited(_ image: NeededImage) -> Bool { flights[image] != nil || landed[image] != nil }

    /// Nothing has landed of which no pass has heard, and something may yet.
    var mayLand: Bool { landed.isEmpty && !tasks.isEmpty }

    /// - Returns: What is to be cancelled.
    mutating func keep(_ wanted: Set<NeededImage>) -> [Task<Void, Never>] {
      landed = landed.filter { wanted.contains($0.key) }
      copied = copied.filter { wanted.contains($0.key) }
      let unwanted = flights.filter { !wanted.contains($0.key) }
      for image in unwanted.keys { flights[image] = nil }
      return unwanted.values.compactMap { if case .underWay(let id) = $0 { tasks[id] } else { nil } }
    }

    /// - Returns: False where the copy was cancelled.
    mutating func land(_ image: NeededImage, _ id: Int, _ outcome: Result<String, WriteFailure>) -> Bool {
      tasks[id] = nil
      guard case .underWay(id) = flights[image] else { return false }
      (flights[image], landed[image]) = (nil, outcome)
      return true
    }

    mutating func takeLookout() -> CheckedContinuation<Void, Never>? {
      guard !mayLand else { return nil }
      defer { lookout = nil }
      return lookout
    }
  }
}
