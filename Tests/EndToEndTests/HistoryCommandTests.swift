import Model
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct HistoryCommandTests {
  private let one = "sha256:01" + String(repeating: "0", count: 62)
  private let two = "sha256:02" + String(repeating: "0", count: 62)

  private func withReleasedImage(
    _ body: (Deployment, ReleasedImage, TemporaryDirectory) async throws -> Void
  ) async throws {
    try await withFakeDeployment { deployment, registry, folder in
      try await body(deployment, try await ReleasedImage(in: deployment), folder)
      #expect(registry.requests.isEmpty)
    }
  }

  @Test func branchesAndJournalAreJoined() async throws {
    try await withReleasedImage { deployment, image, folder in
      try image.writeJournal(in: folder)
      let (first, second, rollback) = (image.first, image.second, image.rollback)
      let all = try await deployment.tagkeeper("history", "a")
      #expect(
        all.output == """
          staging: main at \(second.main.short), team/app/a
          time                  digest               commit        author  how  applied  took
          2026-01-01T00:04:00Z  sha256:020000000000  \(second.main.short)  Ada
          2026-01-01T00:02:00Z  sha256:010000000000  \(first.main.short)  Ada

          latest: production at \(rollback.short), team/app/a
          time                  digest               commit        author  how       applied               took
          2026-01-01T00:06:00Z  sha256:010000000000  \(rollback.short)  Ada     rollback  2026-01-01T00:06:01Z  1.0s
          2026-01-01T00:05:30Z  sha256:090000000000                        drift                                 \
          put back to sha256:020000000000
          2026-01-01T00:05:00Z  sha256:020000000000  \(second.production.short)  Ada     rollout   \
          2026-01-01T00:05:14Z  14s   rolled back by \(rollback.short) (Ada, 2026-01-01): Put a back
          2026-01-01T00:03:00Z  sha256:010000000000  \(first.production.short)  Ada     rollout   \
          2026-01-01T00:03:02Z  2.5s

          """)
      #expect(all.errors == "" && all.status == 0)
      let since = try await deployment.tagkeeper(
        "history", "--channel", "latest", "--since", "2026-01-01T00:05:10Z", "--output", "markdown")
      #expect(
        since.output == """
          ### latest: production at \(rollback.short)

          | time | image | digest | commit | author | how | applied | took |  |
          |---|---|---|---|---|---|---|---|---|
          | 2026-01-01T00:06:00Z | `team/app/a` | `sha256:010000000000` | `\(rollback.short)` | Ada | rollback | \
          2026-01-01T00:06:01Z | 1.0s |  |
          | 2026-01-01T00:05:30Z | `team/app/a` | `sha256:090000000000` |  |  | drift |  |  | \
          put back to sha256:020000000000 |

          """)
      let json = try await deployment.tagkeeper(
        "history", "a", "--channel=latest", "--since=2026-01-01T00:05:00Z", "--output=json")
      let head = #"{"repository":"team/app","image":"a","kind":"#
      #expect(
        json.output == """
          {"format":1,"channels":[{"name":"latest","branch":"production","commit":"\(rollback)","changes":[\
          \(head)"declaration","time":"2026-01-01T00:06:00Z","from":"\(two)","to":"\(one)","commit":"\(rollback)",\
          "author":"Ada","declared":"2026-01-01T00:06:00Z","applied":"2026-01-01T00:06:01Z",\
          "tookMilliseconds":1000,"provenance":"rollback","rolledBackBy":null,"reason":null},\
          \(head)"drift","time":"2026-01-01T00:05:30Z","from":"\(digest(9))","to":"\(two)",\
          "commit":"\(second.production)","author":null,"declared":null,"applied":null,"tookMilliseconds":null,\
          "provenance":null,"rolledBackBy":null,"reason":null},\
          \(head)"declaration","time":"2026-01-01T00:05:00Z","from":"\(one)","to":"\(two)",\
          "commit":"\(second.production)","author":"Ada","declared":"2026-01-01T00:05:00Z",\
          "applied":"2026-01-01T00:05:14Z","tookMilliseconds":14000,"provenance":"rollout",\
          "rolledBackBy":"\(rollback)","reason":null}]}]}

          """)
      let none = try await deployment.tagkeeper("history", "--channel=staging", "--since=2026-02-01")
      #expect(none.output == "staging: main at \(second.main.short)\nNothing happened.\n")
      #expect(since.status == 0 && json.status == 0 && none.status == 0)
    }
  }

  /// A state directory of another configuration is another's: nothing is read from it, and that is said.
  @Test func withoutAJournalTheBranchesSpeakAlone() async throws {
    try await withReleasedImage { deployment, image, folder in
      let rows = """
        latest: production at \(image.rollback.short), team/app/a
        time                  digest               commit        author  how       applied  took
        2026-01-01T00:06:00Z  sha256:010000000000  \(image.rollback.short)  Ada     rollback

        """
      let empty = try await deployment.tagkeeper(
        "history", "a", "--channel=latest", "--since=2026-01-01T00:06:00Z")
      #expect(empty.output == rows && empty.status == 0)
      #expect(
        empty.errors
          == "tagkeeper: what was applied is not known: there is no journal to be read in \(folder("state"))\n"
      )
      try image.writeJournal(in: folder)
      try folder.write("https://registry.example.com\n/srv/other\n", to: "state/serves")
      let named = try await deployment.tagkeeper("history", "a")
      #expect(named.errors.hasPrefix("tagkeeper: the state directory \(folder("state")) is of the registry "))
      #expect(named.status == 1 && named.output == "")
      let found = try await tagkeeper(
        "history", "a", "--channel=latest", "--since=2026-01-01T00:06:00Z", in: folder,
        environment: ["STATE_DIRECTORY": folder("state")])
      #expect(found.output == rows && found.status == 0)
      #expect(
        found.errors.hasPrefix(
          "tagkeeper: what was applied is not known: the state directory \(folder("state")) is of the registry "
        ))
      try folder.remove("state/serves")
      try folder.write("nonsense\n", to: "state/journal.jsonl")
      let corrupt = try await deployment.tagkeeper("history", "a")
      #expect(
        corrupt.errors.hasPrefix(
          "tagkeeper: \(folder("state"))/journal.jsonl: line 1 of the journal can't be read "))
      #expect(corrupt.status == 1 && corrupt.output == "")
    }
  }

  @Test func atATimeThereIsOneDigest() async throws {
    try await withReleasedImage { deployment, image, folder in
      try image.writeJournal(in: folder)
      func at(_ time: String, _ options: String...) async throws -> FinishedProgram {
        try await deployment.tagkeeper(
          "history", "a", "--channel=latest", "--at=\(time)", "--output=\(options.first ?? "text")")
      }
      let (first, second) = (image.first.production, image.second.production)
      // The second rollout had landed, and was not applied yet.
      let between = try await at("2026-01-01T00:05:10Z")
      #expect(between.output == one + "\n" && between.status == 0)
      #expect(
        between.errors == """
          tagkeeper: from the journal, what was applied: applied at 2026-01-01T00:03:02Z, declared at \
          2026-01-01T00:03:00Z by \(first.short) (Ada, 2026-01-01): Roll out

          """)
      let applied = try await at("2026-01-01T01:05:20+01:00")
      #expect(applied.output == two + "\n" && applied.status == 0)
      let day = try await at("2026-01-01")
      #expect(day.output == one + "\n" && day.errors.contains("applied at 2026-01-01T00:06:01Z"))
      // Before the journal's first word.
      let early = try await at("2026-01-01T00:03:01Z", "json")
      #expect(
        early.output == """
          {"format":1,"channel":"latest","repository":"team/app","image":"a","at":"2026-01-01T00:03:01Z",\
          "digest":"\(one)","commit":"\(first)","author":"Ada","declared":"2026-01-01T00:03:00Z",\
          "applied":"2026-01-01T00:03:02Z","basis":"branch"}

          """)
      #expect(
        early.errors == """
          tagkeeper: from the branch, what was declared: declared at 2026-01-01T00:03:00Z by \(first.short) \
          (Ada, 2026-01-01): Roll out; applied at 2026-01-01T00:03:02Z, and nothing tells of the tag before

          """)
      let none = try await at("2026-01-01T00:02:59Z", "json")
      #expect(none.output == "" && none.status == 1)
      #expect(
        none.errors == """
          tagkeeper: team/app/a was not declared on production at 2026-01-01T00:02:59Z: first declared at \
          2026-01-01T00:03:00Z by \(first.short) (Ada, 2026-01-01): Roll out

          """)
      let other = try await deployment.tagkeeper("history", "a", "--channel=staging", "--at=1s")
      #expect(
        other.errors == """
          tagkeeper: from the branch, what was declared: declared at 2026-01-01T00:04:00Z by \
          \(image.second.main.short) (Ada, 2026-01-01): Publish a again; when it was applied is not known: the \
          journal here does not tell

          """)
      #expect(other.output == two + "\n" && other.status == 0)
      let markdown = try await at("2026-01-01T00:05:20Z", "markdown")
      #expect(
        markdown.output == """
          latest, `team/app/a` at 2026-01-01T00:05:20Z: `\(two)` (from the journal, what was applied: applied at \
          2026-01-01T00:05:14Z, declared at 2026-01-01T00:05:00Z by \(second.short) \\(Ada, 2026-01-01\\): Roll out \
          again)

          """)
    }
  }

  @Test func aDigestIsTracedBack() async throws {
    try await withReleasedImage { deployment, image, folder in
      try image.writeJournal(in: folder)
      let text = try await deployment.tagkeeper("history", "--digest", "sha256:0200000")
      #expect(
        text.output == """
          \(two)
          channel  image       declared              applied               until                 commit        author  then
          staging  team/app/a  2026-01-01T00:04:00Z                        now                   \
          \(image.second.main.short)  Ada
          latest   team/app/a  2026-01-01T00:05:00Z  2026-01-01T00:05:14Z  2026-01-01T00:06:00Z  \
          \(image.second.production.short)  Ada     sha256:010000000000 by \(image.rollback.short) \
          (Ada, 2026-01-01): Put a back

          """)
      let json = try await deployment.tagkeeper(
        "history", "--digest", two, "--channel", "latest", "--output", "json")
      #expect(
        json.output == """
          {"format":1,"digest":"\(two)","images":[{"channel":"latest","repository":"team/app","image":"a",\
          "commit":"\(image.second.production)","author":"Ada","declared":"2026-01-01T00:05:00Z",\
          "applied":"2026-01-01T00:05:14Z","until":"2026-01-01T00:06:00Z","untilApplied":"2026-01-01T00:06:01Z",\
          "then":"\(one)","endedBy":"\(image.rollback)"}]}

          """)
      #expect(text.status == 0 && json.status == 0)
      let twice = try await deployment.tagkeeper("history", "--digest", one, "--channel", "latest")
      #expect(
        twice.output == """
          \(one)
          channel  image       declared              applied               until                 commit        author  then
          latest   team/app/a  2026-01-01T00:06:00Z  2026-01-01T00:06:01Z  now                   \
          \(image.rollback.short)  Ada
          latest   team/app/a  2026-01-01T00:03:00Z  2026-01-01T00:03:02Z  2026-01-01T00:05:00Z  \
          \(image.first.production.short)  Ada     sha256:020000000000 by \(image.second.production.short) \
          (Ada, 2026-01-01): Roll out again

          """)
      let unknown = try await deployment.tagkeeper("history", "--digest", "0900000")
      #expect(
        unknown.errors == "tagkeeper: no branch here ever declared a digest that starts with sha256:0900000\n"
      )
      #expect(unknown.status == 1 && unknown.output == "")
      try await deployment.declare([
        "a": digest(1), "b": Digest(bytes: [1] + Array(repeating: 0, count: 30) + [1])!,
      ])
      let several = try await deployment.tagkeeper("history", "--digest", "0100000")
      #expect(
        several.errors == """
          tagkeeper: 2 digests start with sha256:0100000, such as
            \(one)
            \(one.dropLast(1))1
          write more of it

          """)
      #expect(several.status == 64 && several.output == "")
    }
  }

  @Test func whatCannotBeAnsweredIsRefused() async throws {
    try await withReleasedImage { deployment, _, folder in
      func expect(_ words: String..., says: String, status: Int32 = 64) async throws {
        let words = words + ["--config", folder("tagkeeper.yaml")]
        let done = try await tagkeeper("history", words: words, in: folder)
        #expect(done.errors == "tagkeeper: \(says)\n", "\(words)")
        #expect(done.status == status && done.output == "", "\(words)")
      }
      try await expect(
        "a", "--at", "3d", says: "--at is for one channel: give --channel, one of staging, latest")
      try await expect("--at", "3d", says: "--at is for one image: tagkeeper history IMAGE --at TIME")
      try await expect("a", "--at=3d", "--since=3d", says: "give --at or --since, not both")
      try await expect(
        "a", "--digest=0100000",
        says: "--digest stands alone, or with --channel: it finds the images and the times")
      try await expect(
        "--digest", "010000",
        says: "--digest \"010000\": write sha256: and 64 lower-case hex digits, or at least the first 7")
      try await expect(
        "--since", "yesterday",
        says: """
          --since "yesterday": write a time such as 2026-11-22T17:50:01Z, a day such as 2026-11-22 (in UTC), or how \
          long ago, such as 3d or 12h
          """)
      try await expect(
        "b", says: "there is no image \"b\": write its name as the state file has it, or REPOSITORY/IMAGE")
      let shallow = folder("shallow")
      _ = try await deployment.git.clone(
        to: shallow, "--depth=1", "--no-single-branch", "--branch=production")
      let configuration = try folder.read("tagkeeper.yaml")
      try folder.write(
        configuration.replacing("checkout: \(folder("checkout"))", with: "checkout: \(shallow)")
          .replacing("branch: ", with: "branch: origin/"), to: "tagkeeper.yaml")
      try await expect(
        "a",
        says: "\(shallow): the clone is shallow, its history ends early: run git fetch --unshallow there",
        status: 1)
    }
  }
}
