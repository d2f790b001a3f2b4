package import Reconciler
import Synchronization

/// Whether each channel's first pass has ended, whatever came of it: from what the daemon tells, which it passes on.
package final class Readiness: EventSink {
  private let events: any EventSink
  /// Channels whose first pass has not ended, in the configuration's order.
  private let waiting: Mutex<[String]>

  package init(_ channels: [String], passingOnTo events: any EventSink) {
    self.events = events
    waiting = Mutex(channels)
  }

  package func take(_ event: Event) {
    switch event {
    case .pass(let report), .unchanged(let report): passEnded(report.channel)
    // That nothing can be done yet is a pass's result, too: who waits for readiness could not mend it.
    case .held(let channel, _), .stopped(let channel, _): passEnded(channel)
    default: break
    }
    events.take(event)
  }

  package var waitingChannels: [String] { waiting.withLock(\.self) }

  private func passEnded(_ channel: String) { waiting.withLock { $0.removeAll { $0 == channel } } }
}
