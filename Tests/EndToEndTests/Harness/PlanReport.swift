import FoundationEssentials

/// What `plan` or `apply --output json` printed of its one channel (design, section 7).
struct PlanReport {
  let status: Int32?
  let commit: String?
  let error: String?
  let inSync: Int
  let changes: [Change]

  struct Change: Decodable {
    let tag: String
    let action: String
    let from: String?
    let to: String?
    let cause: String
    let reason: String?
    let outcome: String?
  }

  /// `move a-latest (drift): applied`, in the order of the output.
  var lines: [String] {
    changes.map { "\($0.action) \($0.tag) (\($0.cause)): \($0.outcome ?? "not tried")" }
  }

  /// Why the change of `tag` is blocked or held, or failed.
  func reason(_ tag: String) -> String? { changes.first { $0.tag == tag }?.reason }

  init(_ finished: FinishedProgram) throws {
    struct Output: Decodable {
      struct Channel: Decodable {
        struct Summary: Decodable { let inSync: Int }
        let commit: String?
        let error: String?
        let summary: Summary
        let changes: [Change]
      }
      let format: Int
      let channels: [Channel]
    }
    struct Unexpected: Error { let output: String, errors: String }
    guard let output = try? JSONDecoder().decode(Output.self, from: Data(finished.output.utf8)),
      output.format == 1, output.channels.count == 1
    else { throw Unexpected(output: finished.output, errors: finished.errors) }
    let channel = output.channels[0]
    (status, commit, error) = (finished.status, channel.commit, channel.error)
    (inSync, changes) = (channel.summary.inSync, channel.changes)
  }
}

extension Deployment {
  func apply() async throws -> PlanReport {
    try PlanReport(try await tagkeeper("apply", "--output", "json"))
  }

  func plan() async throws -> PlanReport {
    try PlanReport(try await tagkeeper("plan", "--output", "json", "--detailed-exitcode"))
  }
}
