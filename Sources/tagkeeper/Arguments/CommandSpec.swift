/// A command as its help and its parsing know it.
struct CommandSpec: Sendable {
  let name: String
  let summary: String
  /// The positional arguments as the usage line shows them, such as `IMAGE DIGEST`.
  var operands = ""
  /// How many positional arguments there may be.
  var operandCount: ClosedRange<Int> = 0...0
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
  let help: String
}

/// Exit statuses (design, section 7; 64 is EX_USAGE of sysexits.h).
enum ExitStatus: Int32 {
  case done = 0
  /// An error, or something is blocked, held or failed.
  case attention = 1
  /// `plan --detailed-exitcode` with changes pending.
  case pending = 2
  case usage = 64
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
