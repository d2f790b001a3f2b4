import Model
import Synchronization

/// What this process remembers of the listings that tell digests, and how far it trusts them.
final class DigestListings: Sendable {
  private struct Pause {
    /// Sweeps to come without a listing.
    var left: Int
    /// What `left` began with.
    let length: Int
  }

  private struct State {
    /// They tell no digests, or told wrong ones.
    var isOver = false
    var pauses: [RepositoryName: Pause] = [:]
    /// How many sweeps in a row a tag was taken for in sync by a listing alone.
    var vouched: [TagReference: Int] = [:]
    var tell: @Sendable (String) -> Void = { _ in }
  }

  /// Every tag gets its `HEAD` in one of so many sweeps: a listing that lags hides drift no longer than that.
  static let sweepsPerHead = 10
  /// Fewer are asked about one by one: a listing may have far more tags than those.
  static let worthwhileTags = 50

  private let state = Mutex(State())

  /// Calls `body` with what the operator should know.
  func tell(_ body: @escaping @Sendable (String) -> Void) { state.withLock { $0.tell = body } }

  /// Whether `repository` is to be listed now.
  func isWorthwhile(_ repository: RepositoryName, tags: Int) -> Bool {
    guard tags >= Self.worthwhileTags else { return false }
    return state.withLock { state in
      guard !state.isOver else { return false }
      guard let pause = state.pauses[repository], pause.left > 0 else { return true }
      state.pauses[repository]?.left -= 1
      return false
    }
  }

  /// The host's listings tell no digests: they are not asked again.
  func end() { state.withLock { $0.isOver = true } }

  /// A listing that failed, or was too long, is left out for twice as many sweeps as the last time.
  func failed(_ repository: RepositoryName) {
    state.withLock { state in
      let length = min(64, (state.pauses[repository]?.length ?? 0) * 2)
      state.pauses[repository] = Pause(left: max(1, length), length: max(1, length))
    }
  }

  func succeeded(_ repository: RepositoryName) {
    state.withLock { _ = $0.pauses.removeValue(forKey: repository) }
  }

  /// Those of `tags` that are to get their `HEAD` although a listing vouches for them: about a tenth, chosen by chance,
  /// and others each time. One that gets none after all is chosen again the next time.
  func sample(of tags: some Sequence<TagReference>) -> Set<TagReference> {
    state.withLock { state in
      var sample: Set<TagReference> = []
      for tag in tags {
        let sweeps = state.vouched[tag] ?? .random(in: 0..<Self.sweepsPerHead)
        let isDue = sweeps >= Self.sweepsPerHead - 1
        if isDue { sample.insert(tag) }
        state.vouched[tag] = isDue ? sweeps : sweeps + 1
      }
      return sample
    }
  }

  /// The registry answered the `HEAD` of each of `tags`.
  func answered(_ tags: some Sequence<TagReference>) {
    state.withLock { state in for tag in tags { state.vouched[tag] = 0 } }
  }

  /// A `HEAD` contradicted a listing: no listing of this host counts in this process any more.
  func distrust(_ message: String) {
    let tell = state.withLock { state in
      state.isOver = true
      return state.tell
    }
    tell(message)
  }
}
