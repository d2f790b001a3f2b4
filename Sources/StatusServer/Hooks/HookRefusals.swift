import Reconciler
import Model
import Synchronization

/// Tells of refused requests, once a minute however many they are.
final class HookRefusals: Sendable {
  private static let pause: Duration = .seconds(60)

  private struct State {
    var count = 0
    var told: Duration?
  }

  private let events: any EventSink
  private let time: any TimeSource
  private let state = Mutex(State())

  init(_ events: any EventSink, _ time: any TimeSource) {
    self.events = events
    self.time = time
  }

  /// - Parameter fault: What is wrong with `request`.
  func note(_ fault: String, _ request: IncomingRequest) {
    let now = time.monotonic()
    let count = state.withLock { state in
      state.count += 1
      if let told = state.told, now - told < Self.pause { return 0 }
      defer { state = State(told: now) }
      return state.count
    }
    guard count > 0 else { return }
    let others = count > 1 ? ", the last of \(count)," : ""
    let agent = request.values(of: "User-Agent").first.map { " from \($0.quoted)" } ?? ""
    events.take(.warning("a request to \(request.path)\(agent)\(others) was refused: \(fault)"))
  }
}
