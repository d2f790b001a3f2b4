/// How many requests may be in flight: halved where the server throttles, and grown by one a round of answers.
struct RequestWindow {
  let most: Int
  private var size: Double

  init(most: Int) {
    self.most = most
    size = Double(most)
  }

  var limit: Int { Int(size) }

  mutating func halve() { size = max(1, size / 2) }

  mutating func grow() { size = min(Double(most), size + 1 / size) }
}
