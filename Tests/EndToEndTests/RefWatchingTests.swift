import FoundationEssentials
import Model
import TestSupport
import Testing

/// A commit is applied at once, however it gets into the repository: nothing here polls.
struct RefWatchingTests {
  private static let release = #"release: {branch: release/9, tag: "{image}-9"}"#

  @Test(.timeLimit(.minutes(10))) func looseAndPackedRefs() async throws {
    try await withScriptedDeployment(channels: Self.release) { deployment, registry in
      let images = [
        try await deployment.push("1"), try await deployment.push("2"), try await deployment.push("3"),
      ]
      try await deployment.git.checkOut("release/9")
      try await deployment.declare(["a": images[0]])
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-9": images[0]])
        try await deployment.declare(["a": images[1]])
        try await registry.waitUntil(["a-9": images[1]])

        // Packing removes refs/heads/release, and the watch with it; the next commit makes it anew.
        try await deployment.git.git("pack-refs", "--all")
        #expect(!deployment.folder.exists("checkout/.git/refs/heads/release"))
        try await deployment.declare(["a": images[2]])
        try await registry.waitUntil(["a-9": images[2]])

        // A ref that changes in packed-refs alone, as a fetch of many does.
        try await deployment.git.git("pack-refs", "--all")
        let earlier = try await deployment.git.tip("HEAD~1^{tree}")
        let next = try await deployment.git.git("commit-tree", earlier, "-p", "HEAD", "-m", "back")
        let packed = try deployment.folder.read("checkout/.git/packed-refs")
        let tip = try await deployment.git.tip()
        try deployment.folder.write(
          packed.replacing("\(tip) refs/heads/release/9", with: "\(next) refs/heads/release/9"),
          to: "checkout/.git/packed-refs.lock")
        try FileManager.default.removeItem(atPath: deployment.folder("checkout/.git/packed-refs"))
        try FileManager.default.moveItem(
          atPath: deployment.folder("checkout/.git/packed-refs.lock"),
          toPath: deployment.folder("checkout/.git/packed-refs"))
        try await registry.waitUntil(["a-9": images[1]])
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aCommitInALinkedWorktree() async throws {
    try await withScriptedDeployment { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first])
      try await deployment.git.checkOut("main")
      let linked = try await deployment.git.addWorktree(deployment.folder("linked"), branch: "production")
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": first])
        let text = try deployment.folder.read("linked/desired-state/images.yaml")
        try await linked.commit(
          ["desired-state/images.yaml": text.replacing("\(first)", with: "\(second)")])
        try await registry.waitUntil(["a-latest": second])
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aPushIntoABareRepository() async throws {
    try await withScriptedDeployment(bare: true) { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.declare(["a": first])
      try await deployment.git.git("push", "-q", deployment.checkout, "production")
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-latest": first])
        try await deployment.declare(["a": second])
        try await deployment.git.git("push", "-q", deployment.checkout, "production")
        try await registry.waitUntil(["a-latest": second])
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func twoChannelsAndAPromotionByMerging() async throws {
    let both = """
      staging: {branch: main, tag: "{image}-staging"}
        latest: {branch: production, tag: "{image}-latest"}
      """
    try await withScriptedDeployment(channels: both) { deployment, registry in
      let (first, second) = (try await deployment.push("1"), try await deployment.push("2"))
      try await deployment.git.checkOut("main")
      try await deployment.declare(["a": first])
      try await deployment.git.checkOut("production")
      try await deployment.git.merge("main")
      try await deployment.withDaemon { _ in
        try await registry.waitUntil(["a-staging": first, "a-latest": first])
        try await deployment.git.checkOut("main")
        try await deployment.declare(["a": second])
        try await registry.waitUntil(["a-staging": second, "a-latest": first])
        try await deployment.git.checkOut("production")
        try await deployment.git.merge("main")
        try await registry.waitUntil(["a-staging": second, "a-latest": second])
      }
    }
  }
}
