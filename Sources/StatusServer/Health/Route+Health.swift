package import Reconciler

extension Route {
  /// `GET /healthz`: 200 while the loop gets on, else 503 with how long it has not.
  /// - Parameter patience: The silence that is too long, as the watchdog has it.
  package static func health(of heartbeat: Heartbeat, patience: Duration) -> Route {
    Route(.get, "/healthz") { _ in
      let silence = heartbeat.silence
      return silence < patience
        ? .text(200, "ok") : .text(503, "no pass got on for \(silence.components.seconds) s")
    }
  }

  /// `GET /readyz`: 200 once the first pass of every channel has ended, else 503 with those that are waited for.
  package static func readiness(_ readiness: Readiness) -> Route {
    Route(.get, "/readyz") { _ in
      let waiting = readiness.waitingChannels
      return waiting.isEmpty
        ? .text(200, "ready") : .text(503, "waiting for the first pass of \(waiting.joined(separator: ", "))")
    }
  }

  /// `GET /`: what is here.
  package static func index(version: String, _ routes: [Route]) -> Route {
    let lines = routes.map { "\($0.method.rawValue) \($0.path)" }
    return Route(.get, "/") { _ in .text(200, (["tagkeeper \(version)", ""] + lines).joined(separator: "\n"))
    }
  }
}
