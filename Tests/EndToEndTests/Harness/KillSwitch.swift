import LinuxSystem
import Synchronization
import TestSupport

/// Kills a process, `kill -9`, at one of the requests that it sends.
final class KillSwitch: Sendable {
  /// What becomes of the request at which the process dies.
  enum Moment: Sendable {
    /// It never gets to the registry.
    case before
    /// It gets there, and nobody hears the answer.
    case during
    /// The answer came that many microseconds before.
    case after(Int)
  }

  struct RequestLost: Error {}

  private struct Armed {
    let process: ChildProcess
    let methods: Set<String>
    var requestsLeft: Int
    let moment: Moment
  }

  private let armed = Mutex<Armed?>(nil)

  /// Kills `process` at its request number `request`, from 1, of those with one of `methods`.
  func arm(_ process: ChildProcess, atRequest request: Int, of methods: Set<String>, _ moment: Moment) {
    armed.withLock {
      $0 = Armed(process: process, methods: methods, requestsLeft: request, moment: moment)
    }
  }

  /// Kills it now, where it still lives.
  func fire() {
    let process = armed.withLock { armed in
      defer { armed = nil }
      return armed?.process
    }
    process?.kill()
  }

  /// To be called before each request is passed on.
  /// - Throws: `RequestLost`.
  func passing(_ request: ServedRequest) throws {
    guard let armed = takeIfDue(request) else { return }
    switch armed.moment {
    case .before:
      armed.process.kill()
      throw RequestLost()
    case .during: armed.process.kill()
    case .after(let microseconds):
      Task.detached {
        try await Task.sleep(for: .microseconds(microseconds))
        armed.process.kill()
      }
    }
  }

  private func takeIfDue(_ request: ServedRequest) -> Armed? {
    armed.withLock { armed in
      guard armed?.methods.contains(request.method) == true else { return nil }
      armed!.requestsLeft -= 1
      guard armed!.requestsLeft <= 0 else { return nil }
      defer { armed = nil }
      return armed
    }
  }
}
