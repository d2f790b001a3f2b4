package import Reconciler
import Synchronization

/// Where others say that something happened. Nothing that they send is acted on: it is a reason to look.
package final class Webhooks: Sendable {
  /// Every request that is not authentic takes one: no flood of them keeps a real hint out.
  private let bucket: Mutex<TokenBucket>
  private let refusals: HookRefusals
  private let time: any TimeSource

  /// - Parameter events: Is told of refused requests.
  package init(telling events: any EventSink, time: any TimeSource) {
    bucket = Mutex(TokenBucket(rate: 10, burst: 50, now: time.monotonic()))
    refusals = HookRefusals(events, time)
    self.time = time
  }

  /// `POST /hooks/git`, for forges.
  /// - Parameter hint: Called for each authentic request; returns at once.
  package func git(_ secret: HookSecret, hint: @escaping @Sendable () -> Void) -> Route {
    hook("/hooks/git") { [time] in
      GitSignatures(secret: secret, now: time.now()).fault(of: $0)
    } hint: { _ in
      hint()
    }
  }

  /// `POST /hooks/registry`, for distribution's notifications.
  /// - Parameters:
  ///   - agent: What this program names itself to registries.
  ///   - hint: Called for each authentic request that may tell of somebody else's push; returns at once.
  package func registry(
    _ secret: HookSecret, besides agent: String, hint: @escaping @Sendable () -> Void
  ) -> Route {
    hook("/hooks/registry") {
      secret.fault(of: $0)
    } hint: { request in
      if RegistryNotification.isNews(request.body, besides: agent) { hint() }
    }
  }

  private func hook(
    _ path: String, fault: @escaping @Sendable (IncomingRequest) -> String?,
    hint: @escaping @Sendable (IncomingRequest) -> Void
  ) -> Route {
    Route(.post, path) { [self] request in
      if let fault = fault(request) {
        if let wait = bucket.withLock({ $0.take(now: time.monotonic()) }) {
          let seconds = wait.components.seconds + 1
          return .text(429, "too many requests", headers: [("Retry-After", "\(seconds)")])
        }
        refusals.note(fault, request)
        return .text(401, "the request is not authentic")
      }
      hint(request)
      return .text(202, "accepted")
    }
  }
}
