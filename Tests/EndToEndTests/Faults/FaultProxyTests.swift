import Glibc
import TestSupport
import Testing

/// Random faults between the reconciler and a registry make no wrong change, and in the end every tag is right.
///
/// Few passes in a test run, many by `scripts/faults`.
struct FaultProxyTests {
  @Test(.timeLimit(.minutes(FaultPlan.minutes)), arguments: RegistryKind.expected)
  func noFaultMakesAWrongChange(_ kind: RegistryKind) async throws {
    let plan = FaultPlan()
    print("faults: \(plan.passes) passes on \(kind), TAGKEEPER_FAULTS_SEED=\(plan.seed)")
    try await withDeployment(on: kind) { deployment, _ in
      let passes = try await FaultPasses(deployment, seed: plan.seed)
      try await passes.begin()
      for number in 1...plan.passes { try await passes.pass(number) }
      try await passes.end()
    }
  }
}

/// How many passes, and the seed of their changes and faults.
private struct FaultPlan {
  let passes = Self.setting("TAGKEEPER_FAULTS").map { Int($0) } ?? 15
  let seed = Self.setting("TAGKEEPER_FAULTS_SEED") ?? .random(in: 0...999_999)

  static var minutes: Int { setting("TAGKEEPER_FAULTS") == nil ? 5 : 120 }

  private static func setting(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }
}
