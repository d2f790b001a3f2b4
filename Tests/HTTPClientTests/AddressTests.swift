import Testing

@testable import HTTPClient

@Suite struct AddressTests {
  @Test(arguments: [
    (
      "https://Registry.example:5000/v2/a?n=1", "https://registry.example:5000",
      "GET Registry.example:5000/v2/a"
    ),
    ("http://user:p@ss@host/v2/#x", "http://host", "GET host/v2/"),
    ("http://host?token=t", "http://host", "GET host"),
    ("host/path", "://host", "GET host/path"),
  ])
  func originAndOperation(url: String, origin: String, operation: String) {
    let request = HTTPRequest(.get, url)
    #expect(request.origin == origin)
    #expect(request.operation == operation)
  }

  @Test func secure() {
    #expect(HTTPRequest(.get, "HTTPS://a/").isSecure && !HTTPRequest(.get, "http://https:/").isSecure)
  }

  @Test func durationsRoundUp() {
    #expect(Duration.zero.wholeMilliseconds == 1)
    #expect(Duration.microseconds(1001).wholeMilliseconds == 2)
    #expect(Duration.milliseconds(1001).wholeSeconds == 2)
    #expect(Duration.seconds(30).wholeSeconds == 30)
  }

  /// First in, first out, and never more than the limit, whatever the order of arrivals and ends.
  @Test func theQueueKeepsItsLimitAndOrder() {
    var generator = SystemRandomNumberGenerator()
    let seed = generator.next()
    var random = SplitMix(state: seed)
    var queue = RequestQueue(limit: 3)
    var (admitted, next, running): ([Int], Int, Int) = ([], 0, 0)
    for _ in 0..<20_000 {
      if random.next() % 2 == 0 {
        if queue.admit(next) {
          admitted.append(next)
          running += 1
        }
        next += 1
      } else if running > 0 {
        if let started = queue.finish() { admitted.append(started) } else { running -= 1 }
      }
      #expect(running <= 3 && queue.inFlight == running, "seed \(seed)")
    }
    while running > 0 { if let started = queue.finish() { admitted.append(started) } else { running -= 1 } }
    #expect(admitted == Array(0..<next) && queue.isIdle, "seed \(seed)")
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
