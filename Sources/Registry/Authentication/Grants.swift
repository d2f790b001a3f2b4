import Synchronization

/// What one registry's accesses were asked for: the grant of each, shared where demand and credentials are the same.
final class Grants: Sendable {
  private struct State {
    var byAccess: [Access: Grant] = [:]
    var byKey: [Grant.Key: Grant] = [:]
    var wantsPassword = false
  }

  private static let most = 50_000

  private let state = Mutex(State())
  private let isUsed = Atomic(false)
  private let hadPassword = Atomic(false)

  /// False as long as nothing was ever asked for: an anonymous registry's requests take no lock.
  var hasAny: Bool { isUsed.load(ordering: .acquiring) }

  /// HTTP Basic was asked for; `forget` does not change that.
  var wantsPassword: Bool { state.withLock(\.wantsPassword) }

  /// There was a password to meet HTTP Basic with.
  var hasHadPassword: Bool {
    get { hadPassword.load(ordering: .relaxed) }
    set { hadPassword.store(newValue, ordering: .relaxed) }
  }

  subscript(access: Access) -> Grant? { state.withLock { $0.byAccess[access] } }

  /// The grant of `key`, from now on that of `access`.
  func add(_ key: Grant.Key, for access: Access) -> Grant {
    state.withLock { state in
      // A registry that names another scope with each answer must not fill the memory.
      if state.byKey.count >= Self.most { (state.byKey, state.byAccess) = ([:], [:]) }
      let grant = state.byKey[key] ?? Grant(key, access.repository)
      state.byKey[key] = grant
      state.byAccess[access] = grant
      if key.demand == .basic { state.wantsPassword = true }
      isUsed.store(true, ordering: .releasing)
      return grant
    }
  }

  /// What was asked for by such demands is asked for anew. What failed of them stays known.
  func end(where isOver: (Demand) -> Bool) {
    state.withLock { state in
      state.byAccess = state.byAccess.filter { !isOver($0.value.key.demand) }
      if isOver(.basic) { state.wantsPassword = false }
    }
  }

  /// What was asked for is asked for anew, and what was obtained is not used again.
  func forget() { state.withLock { ($0.byKey, $0.byAccess) = ([:], [:]) } }
}
