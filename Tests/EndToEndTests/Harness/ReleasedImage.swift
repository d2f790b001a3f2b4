import Model
import TestSupport

/// The image `team/app/a`: rolled out twice, the second time taken back; and what a daemon's journal tells of that.
///
/// Commit `n` of the checkout is of minute `n` of 2026-01-01: 2 main, 3 production, 4 main, 5 production, 6 production.
struct ReleasedImage {
  let first: (main: CommitID, production: CommitID)
  let second: (main: CommitID, production: CommitID)
  let rollback: CommitID

  init(in deployment: Deployment) async throws {
    let git = deployment.git
    try await git.checkOut("main")
    let firstMain = try await deployment.declare(["a": digest(1)], message: "Publish a")
    try await git.checkOut("production")
    let firstProduction = try await CommitID(git.merge("main", message: "Roll out"))
    try await git.checkOut("main")
    let secondMain = try await deployment.declare(["a": digest(2)], message: "Publish a again")
    try await git.checkOut("production")
    let secondProduction = try await CommitID(git.merge("main", message: "Roll out again"))
    first = (firstMain, firstProduction)
    second = (secondMain, secondProduction)
    rollback = try await deployment.declare(["a": digest(1)], message: "Put a back")
  }

  /// Of the channel `latest`, with somebody's push to the tag, which the daemon heals.
  func writeJournal(in folder: TemporaryDirectory) throws {
    func line(
      _ time: String, _ commit: CommitID, _ action: String, _ from: Digest?, _ to: Digest, _ cause: String
    ) -> String {
      """
      {"time":"2026-01-01T\(time)Z","event":"change","channel":"latest","commit":"\(commit)",\
      "repository":"team/app","image":"a","tag":"a-latest","action":"\(action)",\
      "from":\(from.map { "\"\($0)\"" } ?? "null"),"to":"\(to)","cause":"\(cause)","reason":null,\
      "outcome":"applied"}

      """
    }
    try folder.write(
      line("00:03:02.500", first.production, "create", nil, digest(1), "commit")
        + line("00:05:14.000", second.production, "move", digest(1), digest(2), "commit")
        + line("00:05:30.000", second.production, "move", digest(9), digest(2), "drift")
        + line("00:06:01.000", rollback, "move", digest(2), digest(1), "commit"), to: "state/journal.jsonl")
  }
}
