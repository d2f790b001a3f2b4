import JSONOutput
import Model
import Reconciler

/// The daemon's log on standard error: one line an event, as text or as JSON with stable keys.
struct Log: EventSink {
  enum Format: String, CaseIterable { case text, json }
  enum Level: String, CaseIterable, Comparable {
    case error, warning, info, debug

    static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self)! }
  }

  let format: Format
  let level: Level
  let time: any TimeSource
  var write: @Sendable (String) -> Void = Console.error

  func take(_ event: Event) { take(LogLine(event)) }

  func info(_ message: String) { take(LogLine(.info, "notice", message)) }
  func warning(_ message: String) { take(LogLine(.warning, "notice", message)) }

  private func take(_ line: LogLine) {
    guard line.level <= level else { return }
    write(line.text(format, at: time.now()) + "\n")
  }
}

/// One line before it has a time and a format.
struct LogLine {
  let level: Log.Level
  let event: String
  let message: String
  var channel: String?
  var commit: CommitID?
  var change: Change?
  var summary: Plan.Summary?
  var duration: Duration?
  var copied: ImageCopied?

  init(_ level: Log.Level, _ event: String, _ message: String, channel: String? = nil) {
    self.level = level
    self.event = event
    self.message = message
    self.channel = channel
  }

  /// The message in one line, whatever it quotes.
  var headline: String { message.firstLine.printable }

  func text(_ format: Log.Format, at time: Timestamp) -> String {
    switch format {
    case .text:
      let subject = channel.map { "\($0): " } ?? ""
      return "\(time) \(level.rawValue.padded(to: 7)) \(subject)\(headline)"
    case .json: return JSONWriter.text { json in json.object { write(to: &$0, at: time) } }
    }
  }

  private func write(to json: inout JSONWriter, at time: Timestamp) {
    json.member("time", time.description)
    json.member("level", level.rawValue)
    json.member("event", event)
    json.member("message", message)
    if let channel { json.member("channel", channel) }
    if let commit { json.member("commit", commit.description) }
    change?.writeMembers(to: &json)
    if let summary {
      json.key("summary")
      summary.write(to: &json)
    }
    if let copied {
      json.member("repository", copied.repository.description)
      json.member("digest", copied.digest.description)
      json.member("copiedFrom", copied.source)
      json.member("bytes", copied.bytes)
      json.member("milliseconds", copied.duration.milliseconds)
    }
    if let duration { json.member("milliseconds", duration.milliseconds) }
  }
}

extension String {
  /// The first line, with how many follow: diagnostics of a whole file are one line in a log.
  fileprivate var firstLine: String {
    let lines = split(separator: "\n", omittingEmptySubsequences: false)
    return lines.count < 2 ? self : "\(lines[0]) (and \(lines.count - 1) more lines: run tagkeeper validate)"
  }
}
