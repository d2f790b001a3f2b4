/// A command as its help and its parsing know it.
struct CommandSpec: Sendable {
  let name: String
  let summary: String
  /// The positional arguments as the usage line shows them, such as `IMAGE DIGEST`.
  var operands = ""
  /// How many positional arguments there may be.
  var operandCount: ClosedRange<Int> = 0...0
  /// What each of them may be.
  var operandKind = ArgumentKind.text
  /// What a person needs to know beyond the summary, with an example.
  var discussion = ""
  var options: [OptionSpec] = []
  let run: @Sendable (Arguments) async throws -> ExitStatus
}

struct OptionSpec: Hashable, Sendable {
  /// With its dashes: `--channel`.
  let name: String
  /// What stands for the value in the help; nil for a flag.
  var value: String?
  /// What the value may be.
  var kind = ArgumentKind.text
  let help: String

  /// As help and manual show it: `--channel NAME`.
  var label: String { value.map { "\(name) \($0)" } ?? name }

  /// The help, with the words to choose from.
  var explanation: String {
    guard case .word(let words) = kind else { return help }
    return "\(help): \(words.joined(separator: ", "))"
  }
}

/// Exit statuses (design, section 7; 64 is EX_USAGE of sysexits.h).
enum ExitStatus: Int32, CaseIterable {
  case done = 0
  case attention = 1
  case pending = 2
  case usage = 64

  /// For people.
  var meaning: String {
    switch self {
    case .done: "done, or nothing to do"
    case .attention: "an error, or something is blocked, held or failed"
    case .pending: "changes are pending (plan --detailed-exitcode)"
    case .usage: "wrong usage"
    }
  }
}

/// What ends a command with a message.
struct CommandFailure: Error, CustomStringConvertible {
  let message: String
  var status = ExitStatus.attention

  var description: String { message }

  init(_ message: String, status: ExitStatus = .attention) {
    self.message = message
    self.status = status
  }
}

extension CommandFailure {
  /// One that was thrown already as it is; any other error by its text.
  init(_ error: any Error) { self = error as? CommandFailure ?? CommandFailure("\(error)") }
}
