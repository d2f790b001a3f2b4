import Model
import StateFile
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DiffCommandTests {
  /// Commits `entries` to the branch that is checked out.
  private func declare(_ entries: [DesiredState.Entry], in deployment: Deployment, author: String)
    async throws
    -> CommitID
  {
    let text = StateText(path: "images.yaml", state: try DesiredState(entries))
    let id = try await deployment.git.commit(
      ["desired-state/images.yaml": String(decoding: text.bytes, as: UTF8.self)], message: "change")
    try await deployment.git.git("commit", "-q", "--amend", "--no-edit", "--author=\(author) <x@example.com>")
    #expect(!id.isEmpty)
    return try CommitID(await deployment.git.tip())
  }

  private func entry(
    _ image: String, _ number: UInt8, hold: String? = nil, eol: String? = nil
  ) throws -> DesiredState.Entry {
    DesiredState.Entry(
      key: try key("team/app/\(image)"), digest: digest(number), hold: hold, eol: try eol.map { try Day($0) })
  }

  /// One image for each kind of difference, and one for none: in two commits, so that two have a hand in it.
  private func change(_ deployment: Deployment) async throws -> (
    old: CommitID, middle: CommitID, new: CommitID
  ) {
    let old = try await declare(
      [
        entry("eol", 1, eol: "2027-01-01"), entry("held", 1), entry("moved", 1, hold: "wait"),
        entry("removed", 1),
        entry("same", 1),
      ], in: deployment, author: "Ada")
    let middle = try await declare(
      [
        entry("eol", 1, eol: "2027-01-01"), entry("held", 1, hold: "breaks *it*"),
        entry("moved", 1, hold: "wait"),
        entry("same", 1),
      ], in: deployment, author: "Bo | 3")
    let new = try await declare(
      [
        entry("added", 3, eol: "2028-02-29"), entry("eol", 1, eol: "2027-04-21"),
        entry("held", 1, hold: "breaks *it*"), entry("moved", 2), entry("same", 1),
      ], in: deployment, author: "Cy")
    return (old, middle, new)
  }

  @Test func everyDifferenceIsToldWithItsCommit() async throws {
    try await withFakeDeployment { deployment, registry, _ in
      let (old, middle, new) = try await change(deployment)
      let text = try await deployment.tagkeeper("diff", "production~2", "production")
      let (cy, bo) = ("\(new.short) Cy 2026-01-01", "\(middle.short) Bo | 3 2026-01-01")
      #expect(
        text.output == """
          production~2 \(old.short) → production \(new.short)
          + team/app/added    sha256:030000000000                        \(cy)      eol 2028-02-29
          = team/app/eol      sha256:010000000000                        \(cy)      eol 2027-04-21 (before: 2027-01-01)
          = team/app/held     sha256:010000000000                        \(bo)  held: breaks *it*
          ~ team/app/moved    sha256:010000000000 → sha256:020000000000  \(cy)      no longer held (before: wait)
          - team/app/removed  sha256:010000000000                        \(bo)
          Diff: 1 added, 1 moved, 1 removed, 1 with another hold, 1 with another eol, 1 the same.

          """)
      let markdown = try await deployment.tagkeeper("diff", old.short, new.short, "--output", "markdown")
      #expect(
        markdown.output == """
          ### `\(old.short)` → `\(new.short)`

          |  | image | from | to | commit | author | date |  |
          |---|---|---|---|---|---|---|---|
          | added | `team/app/added` |  | `sha256:030000000000` | `\(new.short)` | Cy | 2026-01-01 | eol 2028-02-29 |
          | eol | `team/app/eol` | `sha256:010000000000` | `sha256:010000000000` | `\(new.short)` | Cy | 2026-01-01 | \
          eol 2027-04-21 \\(before: 2027-01-01\\) |
          | held | `team/app/held` | `sha256:010000000000` | `sha256:010000000000` | `\(middle.short)` | Bo \\| 3 | \
          2026-01-01 | held: breaks \\*it\\* |
          | moved | `team/app/moved` | `sha256:010000000000` | `sha256:020000000000` | `\(new.short)` | Cy | \
          2026-01-01 | no longer held \\(before: wait\\) |
          | removed | `team/app/removed` | `sha256:010000000000` |  | `\(middle.short)` | Bo \\| 3 | 2026-01-01 |  |

          1 added, 1 moved, 1 removed, 1 with another hold, 1 with another eol, 1 the same.

          """)
      #expect(text.errors == "" && text.status == 0 && markdown.errors == "" && markdown.status == 0)
      #expect(registry.requests.isEmpty)
    }
  }

  @Test func theOtherWayRoundNothingRemovedWhatWasNeverThere() async throws {
    try await withFakeDeployment { deployment, _, _ in
      let (old, middle, _) = try await change(deployment)
      let json = try await deployment.tagkeeper("diff", "\(middle)", "\(old)", "--output=json")
      func image(_ name: String, _ change: String, _ from: String, _ hold: String, _ commit: CommitID)
        -> String
      {
        """
        {"repository":"team/app","image":"\(name)","change":"\(change)","from":\(from),"to":"\(digest(1))",\
        "hold":\(hold),"eol":null,"commit":"\(commit)","author":"Ada","date":"2026-01-01"}
        """
      }
      #expect(
        json.output == """
          {"format":1,"old":"\(middle)","new":"\(old)","commitsUnknown":null,"images":[\
          \(image("held", "held", "\"\(digest(1))\"", "null", old)),\(image("removed", "added", "null", "null", old))]}

          """)
      let back = try await deployment.tagkeeper("diff", "production", "production~1")
      #expect(back.output.contains("\n- team/app/added  sha256:030000000000\n"), "\(back.output)")
      let same = try await deployment.tagkeeper("diff", "production", "production", "--output=markdown")
      let tip = try await deployment.git.tip().prefix(12)
      #expect(
        same.output
          == "### production `\(tip)` → production `\(tip)`\n\n0 added, 0 moved, 0 removed, 5 the same.\n")
      #expect(json.status == 0 && back.status == 0 && same.status == 0)
    }
  }

  @Test func aShallowCloneTellsWhyTheCommitsAreMissing() async throws {
    try await withFakeDeployment { deployment, _, folder in
      let (_, middle, new) = try await change(deployment)
      let shallow = folder("shallow")
      _ = try await deployment.git.clone(to: shallow, "--depth=2", "--branch=production")
      let configuration = try folder.read("tagkeeper.yaml")
      try folder.write(
        configuration.replacing("checkout: \(folder("checkout"))", with: "checkout: \(shallow)"),
        to: "tagkeeper.yaml")
      let reason = "\(shallow): the clone is shallow, its history ends early: run git fetch --unshallow there"
      let text = try await deployment.tagkeeper("diff", "production~1", "production")
      #expect(
        text.output == """
          production~1 \(middle.short) → production \(new.short)
          + team/app/added  sha256:030000000000                          eol 2028-02-29
          = team/app/eol    sha256:010000000000                          eol 2027-04-21 (before: 2027-01-01)
          ~ team/app/moved  sha256:010000000000 → sha256:020000000000    no longer held (before: wait)
          ! the commits are not known: \(reason)
          Diff: 1 added, 1 moved, 0 removed, 1 with another eol, 2 the same.

          """)
      let json = try await deployment.tagkeeper("diff", "production~1", "production", "--output=json")
      #expect(json.output.contains(#""commitsUnknown":"\#(reason)","images":["#))
      #expect(json.output.contains(#""eol":"2028-02-29","commit":null,"author":null,"date":null}"#))
      #expect(text.status == 0 && json.status == 0)
    }
  }

  @Test func everyErrorOfBothStatesIsTold() async throws {
    try await withFakeDeployment { deployment, _, folder in
      let old = try await deployment.git.commit(["desired-state/images.yaml": "version: 3\n"])
      let new = try await deployment.git.commit(["desired-state/images.yaml": "version: 4\n"])
      let broken = try await deployment.tagkeeper("diff", "production~1", "production")
      func error(_ id: String, _ version: Int) -> String {
        """
        the state at \(id.prefix(12)) has errors:
        desired-state/images.yaml:1:10: error: version \(version) is not supported
          | version: \(version)
          |          ^
          fix: this tagkeeper reads version 1: upgrade it
        """
      }
      #expect(broken.errors == "tagkeeper: \(error(old, 3))\n\(error(new, 4))\n")
      #expect(broken.output == "" && broken.status == 1)
      let unknown = try await deployment.tagkeeper("diff", "nowhere", "production")
      #expect(
        unknown.errors
          == "tagkeeper: \(folder("checkout")): \"nowhere\" names no commit here: check the spelling, or fetch it\n"
      )
      #expect(unknown.output == "" && unknown.status == 1)
    }
  }
}
