import Glibc
import Model
import Registry
import TestSupport
import Testing

/// A registry that allows so many requests a second and answers 429 beyond refuses few.
///
/// Many requests a second in a test run, few by `scripts/faults`, which takes minutes.
struct RateLimitTests {
  private static let rate = setting("TAGKEEPER_RATE") ?? 1000
  private static let tags = setting("TAGKEEPER_RATE_TAGS") ?? 1000

  @Test(.timeLimit(.minutes(20)), arguments: RateLimiter.Kind.allCases)
  func tagsConvergeWithFewRequestsRefused(_ kind: RateLimiter.Kind) async throws {
    try await withScriptedDeployment { deployment, registry in
      let one = ImagePusher.manifest("one")
      registry.store(one, in: deployment.team)
      let images = (0..<Self.tags).map { ("image-\($0)", one.digest) }
      try await deployment.declare(Dictionary(uniqueKeysWithValues: images))
      let limiter = RateLimiter(kind, rate: Self.rate)
      registry.configure { $0.override = { _ in limiter.allows() ? nil : .response(429) } }

      let applied = try await deployment.tagkeeper(["apply"], timeout: .seconds(600))
      #expect(applied.status == 0, "\(applied.output.suffix(2000))")
      #expect(registry.tags(in: deployment.team).count == Self.tags)
      let (requests, refused) = limiter.counts
      print("\(kind) of \(Self.rate) a second: \(refused) of \(requests) requests refused")
      #expect(requests >= 2 * Self.tags)
      #expect(refused * 50 < requests, "\(refused) of \(requests)")
    }
  }

  private static func setting(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}
