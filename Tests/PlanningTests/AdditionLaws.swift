import Model
import Planning
import TestSupport
import Testing

/// Laws of `createFrom` and `keep`, for any history of two branches and any registry.
@Suite struct AdditionLaws {
  static let images = (0..<6).map { "i\($0)" }

  /// Two branches, as people change them: an image at a time, with holds, and with production taking entries of main.
  struct World {
    var random: SeededGenerator
    var main = Branch()
    var production = Branch(first: 1000)
    var mainImages: [String: UInt8] = [:]
    var productionImages: [String: UInt8] = [:]
    var held: Set<String> = []

    mutating func step() throws {
      let image = AdditionLaws.images.randomElement(using: &random)!
      switch Int.random(in: 0..<10, using: &random) {
      case 0: mainImages[image] = nil
      case 1: held.formSymmetricDifference([image])
      case 2...6: mainImages[image] = .random(in: 1...9, using: &random)
      case 7: productionImages[image] = nil
      default: productionImages[image] = mainImages[image]
      }
      held.formIntersection(mainImages.keys)
      try main.declare(mainImages, hold: held, allows: true)
      if productionImages.isEmpty { productionImages["base"] = 1 }
      try production.declare(productionImages, allows: true)
    }
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func planningAfterApplyingGivesAnEmptyPlanAndKeepTagsNeverChange(seed: UInt64) throws {
    var world = World(random: SeededGenerator(seed: seed))
    let template = try KeepTemplate("{image}.{date}.{commit}")
    var registry: [TagReference: Digest] = [:]
    var kept: [TagReference: Digest] = [:]
    for step in 0..<25 {
      try world.step()
      // Time goes on: each pass knows what the last one left.
      func plan() throws -> Plan {
        var input = try CreateFromTests.input(world.main, world.production)
        input.prune.appliedImages = 10
        let tags = AdditionLaws.images + ["base"]
        for tag in try tags.map({ try reference("r:\($0)") }) {
          input.observed[tag] = registry[tag].map { .present($0) } ?? .absent
        }
        let keep = try KeepTag.tags(
          of: world.production.state, world.production.history,
          created: world.main.source.created(besides: world.production.history), template: template)
        let changes = keep.compactMap {
          $0.change(observed: registry[$0.reference].map { .present($0) } ?? .absent)
        }
        let own = Plan(input)
        return Plan(changes: own.changes + changes, inSync: own.inSync)
      }
      for change in try plan().changes {
        if change.cause == .keep {
          #expect(change.action == .create, "seed \(seed), step \(step): \(change)")
          #expect(kept.updateValue(change.to!, forKey: change.reference) ?? change.to == change.to)
        }
        registry[change.reference] = change.to
      }
      #expect(try plan().changes == [], "seed \(seed), step \(step)")
      for (tag, digest) in kept { #expect(registry[tag] == digest, "seed \(seed), step \(step): \(tag)") }
    }
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func aNewImageHasItsFirstDigestWhateverMainDoesNext(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var main = Branch()
    let production = Branch(first: 1000)
    var images: [String: UInt8] = [:]
    /// Written down as it happens, not from the history.
    var first: [String: UInt8] = [:]
    for _ in 0..<40 {
      let image = Self.images.randomElement(using: &random)!
      if Int.random(in: 0..<4, using: &random) == 0 {
        (images[image], first[image]) = (nil, nil)
      } else {
        let number = UInt8.random(in: 1...9, using: &random)
        images[image] = number
        first[image] = first[image] ?? number
      }
      try main.declare(images)
      #expect(production.created(from: main) == first, "seed \(seed)")
    }
  }
}
