import Model
import Registry
import TestSupport
import Testing

/// Sweeps on a registry whose listing tells digests.
@Suite(.timeLimit(.minutes(10))) struct ListingTests {
  /// 60 declared images, of which each tag has its digest already.
  private func withListedImages(
    settings: String = "poll: 1h\nsweep: 7d",
    _ body: (Deployment, FakeRegistry, [Digest]) async throws -> Void
  ) async throws {
    try await withScriptedDeployment(settings: settings) { deployment, registry in
      registry.configure { $0.digestListing = .google }
      let images = try await deployment.pushVariants(60, of: "image")
      for (number, image) in images.enumerated() {
        registry.store(image, as: try TagName("i\(number)-latest"), in: deployment.team)
      }
      try await deployment.declare(
        Dictionary(uniqueKeysWithValues: images.enumerated().map { ("i\($0)", $1.digest) }))
      try await body(deployment, registry, images.map(\.digest))
    }
  }

  @Test func driftIsFoundByTheListing() async throws {
    try await withListedImages { deployment, registry, images in
      let before = registry.count("HEAD")
      #expect(try await deployment.apply().inSync == 60)
      // Chance chooses a tenth.
      #expect(registry.count("HEAD") - before < 40)
      try await deployment.move("i7-latest", to: "theirs")
      let healed = try await deployment.apply()
      #expect(healed.lines == ["move i7-latest (drift): applied"])
      #expect(try await deployment.tags()["i7-latest"] == images[7])
    }
  }

  @Test func aListingThatLagsHidesDriftForTenSweepsAtMostAndIsGivenUp() async throws {
    try await withListedImages(settings: "poll: 1h\nsweep: 1s") { deployment, registry, images in
      let entries = images.enumerated().map { #""\#($1)":{"tag":["i\#($0)-latest"]}"# }.joined(separator: ",")
      registry.configure { behaviour in
        behaviour.override = { request in
          request.path.hasSuffix("/tags/list")
            ? .response(200, body: #"{"tags":[],"manifest":{\#(entries)}}"#) : nil
        }
      }
      try await deployment.push("theirs")
      for number in 0..<60 {
        registry.store(
          ImagePusher.manifest("theirs"), as: try TagName("i\(number)-latest"), in: deployment.team)
      }
      try await deployment.withDaemon { _ in
        let tags = try (0..<60).map { TagReference(deployment.team, try TagName("i\($0)-latest")) }
        try await until { zip(tags, images).allSatisfy { registry.digest(of: $0) == $1 } }
        try await until { deployment.log.contains("tags are asked about one by one from now on") }
      }
    }
  }
}
