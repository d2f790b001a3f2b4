import Reconciler

extension Duration {
  /// For people, in the two largest units: `0.4s`, `12s`, `3m05s`, `2h00m`, `3d4h`.
  var rounded: String {
    let seconds = milliseconds / 1000
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    switch seconds {
    case ..<10: return "\(seconds).\(milliseconds % 1000 / 100)s"
    case ..<60: return "\(seconds)s"
    case ..<3600: return "\(seconds / 60)m\(two(seconds % 60))s"
    case ..<86_400: return "\(seconds / 3600)h\(two(seconds / 60 % 60))m"
    default: return "\(seconds / 86_400)d\(seconds / 3600 % 24)h"
    }
  }
}
