/// Gives a host up for this pass where it takes no writes, or answers nothing but faults.
struct HostHealth {
  /// After how many faults in a row the host is given up.
  let tolerance: Int
  private var faultsInARow = 0
  private var isReadOnly = false

  init(tolerance: Int) { self.tolerance = tolerance }

  var acceptsWrites: Bool { !isReadOnly && faultsInARow < tolerance }

  mutating func note(_ failure: WriteFailure?) {
    switch failure?.kind {
    case .transient: faultsInARow += 1
    // Each was waited for and tried before: a few tell what a fault tells only by their number.
    case .throttled: faultsInARow += max(1, tolerance / 4)
    case .hostReadOnly: isReadOnly = true
    case nil, .missing, .incomplete, .refused: faultsInARow = 0
    case .notBegun: break
    }
  }
}
