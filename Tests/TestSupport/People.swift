package import Model

/// What people meant by each thing that they did, kept beside the branches: it knows who did what, and never looks at
/// what the branches declared when. The rule has to find the same from the branches alone.
package struct People {
  /// What stands behind an image's digest on production.
  private enum Standing {
    /// A rollout brought it, or it was there first.
    case rollout
    /// Somebody took back what was there, or put in something of their own, at a time.
    case decided(at: Int, isHotfix: Bool)
  }

  private struct Image {
    var digest: Digest?
    var standing = Standing.rollout
    /// What people took out since the last rollout, and when.
    var dropped: [Digest?: Int] = [:]
    /// What it went through and could go back to, the present on top.
    var lives: [Digest?] = [nil]
    var everHad: Set<Digest> = []
    /// Main and production declared the same since people last decided.
    var isInLine = true
    /// What people took back for good.
    var offTheTable: Set<Digest> = []
  }

  /// What main declares, and since when.
  private var wanted: [ImageKey: (digest: Digest?, since: Int)] = [:]
  private var images: [ImageKey: Image] = [:]
  /// Production before and after each of its commits.
  package private(set) var landed: [(before: [ImageKey: Digest], after: [ImageKey: Digest])] = []

  package init() {}

  package var production: [ImageKey: Digest] { images.compactMapValues(\.digest) }
  package var main: [ImageKey: Digest] { wanted.compactMapValues(\.digest) }

  package mutating func declareOnMain(_ key: ImageKey, _ digest: Digest?, at time: Int) {
    if wanted[key]?.digest != digest { wanted[key] = (digest, time) }
    if let digest, images[key]?.digest == digest { images[key]!.isInLine = true }
  }

  /// What production should declare after a cut of main.
  package func afterRollout(hold: Set<ImageKey>, only: Set<ImageKey>?) -> [ImageKey: Digest] {
    var result = production
    for (key, main) in wanted {
      let image = images[key] ?? Image()
      guard main.digest != image.digest, !hold.contains(key), only?.contains(key) ?? true else { continue }
      if only == nil, case .decided(let time, let isHotfix) = image.standing {
        // What people took out stays out until main says it again.
        if let out = image.dropped[main.digest], main.since <= out { continue }
        // What people saw to is not thrown away unseen because main removed it.
        if main.digest == nil, !image.isInLine { continue }
        // A hotfix gives way to what main declares after it.
        if isHotfix, main.since <= time { continue }
      }
      result[key] = main.digest
    }
    return result
  }

  /// - Parameter isTold: nothing says of a commit whose message was replaced that it was a rollout. Where it goes back to
  ///   a digest that production had, nobody who reads it later can know better than that somebody went back.
  package mutating func land(rollout: [ImageKey: Digest], isTold: Bool, at time: Int) {
    let isFirst = landed.isEmpty
    landing {
      for key in $0.changed(by: rollout) {
        if !isTold, let digest = rollout[key], $0.images[key]?.everHad.contains(digest) == true {
          $0.goBack(key, digest, at: time)
          continue
        }
        $0.images[key, default: Image()].standing = .rollout
        $0.images[key]!.dropped = [:]
        // What production began with has nothing before it.
        if isFirst { $0.images[key]!.lives = [] }
        $0.live(key, rollout[key])
      }
    }
  }

  package mutating func hotfix(_ key: ImageKey, _ digest: Digest, at time: Int) {
    landing {
      $0.decide(key, at: time, isHotfix: true)
      $0.live(key, digest)
    }
  }

  /// What a rollback of one image should give; nil where a person has to say.
  package func before(_ key: ImageKey) -> Digest?? {
    guard let image = images[key] else { return nil }
    let earlier = image.lives.last { digest in
      digest != image.digest && !(digest.map(image.offTheTable.contains) ?? false)
    }
    guard let digest = earlier else { return nil }
    if digest == nil, !image.offTheTable.isEmpty { return nil }
    return .some(digest)
  }

  package mutating func rollBack(_ key: ImageKey, at time: Int) {
    landing { $0.goBack(key, $0.before(key)!, at: time) }
  }

  /// What a revert of a commit of production should give; nil where the same images were changed again since.
  package func reverting(_ index: Int) -> [ImageKey: Digest]? {
    let (before, after) = landed[index]
    var result = production
    for key in Set(before.keys).union(after.keys) where before[key] != after[key] {
      if result[key] == before[key] { continue }
      guard result[key] == after[key] else { return nil }
      result[key] = before[key]
    }
    return result
  }

  /// Takes what a revert puts in place, whether it takes a rollout back or gives it again.
  package mutating func revert(to state: [ImageKey: Digest], at time: Int) {
    landing { for key in $0.changed(by: state) { $0.goBack(key, state[key], at: time) } }
  }

  private mutating func landing(_ body: (inout People) -> Void) {
    let before = production
    body(&self)
    if production != before { landed.append((before, production)) }
  }

  /// Back is back: what came after it is off the table. Forth again is a new life.
  private mutating func goBack(_ key: ImageKey, _ digest: Digest?, at time: Int) {
    decide(key, at: time, isHotfix: false)
    if let index = images[key]!.lives.lastIndex(of: digest) {
      images[key]!.offTheTable.formUnion(images[key]!.lives[(index + 1)...].compactMap(\.self))
      images[key]!.lives.removeSubrange(index...)
    }
    live(key, digest)
  }

  private mutating func decide(_ key: ImageKey, at time: Int, isHotfix: Bool) {
    var image = images[key] ?? Image()
    image.dropped[image.digest] = time
    image.standing = .decided(at: time, isHotfix: isHotfix)
    image.isInLine = false
    images[key] = image
  }

  private mutating func live(_ key: ImageKey, _ digest: Digest?) {
    images[key]!.digest = digest
    images[key]!.lives.append(digest)
    guard let digest else { return }
    images[key]!.everHad.insert(digest)
    if wanted[key]?.digest == digest { images[key]!.isInLine = true }
    images[key]!.offTheTable.remove(digest)
  }

  private func changed(by state: [ImageKey: Digest]) -> [ImageKey] {
    Set(images.keys).union(state.keys).filter { images[$0]?.digest != state[$0] }.sorted()
  }
}
