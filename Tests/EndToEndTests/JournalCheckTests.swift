import Model
import Registry
import TestSupport
import Testing

/// `history --verify` on journals that the built program wrote.
@Suite(.timeLimit(.minutes(10))) struct JournalCheckTests {
  private let journal = "state/journal.jsonl"

  private func verify(_ deployment: Deployment, _ options: String...) async throws -> FinishedProgram {
    try await deployment.tagkeeper(["history", "--verify"] + options)
  }

  /// A journal of several processes, the first of them of an earlier version.
  private func withJournal(_ body: (Deployment, [String]) async throws -> Void) async throws {
    try await withScriptedDeployment { deployment, _ in
      let older = #"{"time":"2026-01-01T00:00:00Z","event":"started","version":"0.1.0"}"# + "\n"
      try deployment.folder.write(older, to: journal)
      for content in ["one", "two", "three"] {
        try await deployment.declare(["a": deployment.push(content), "b": deployment.push(content)])
        let apply = try await deployment.apply()
        try #require(apply.status == 0, "\(apply)")
      }
      let text = try deployment.folder.read(journal)
      try await body(deployment, text.split(separator: "\n").map(String.init))
    }
  }

  @Test func aJournalOfSeveralProcessesIsWhole() async throws {
    try await withJournal { deployment, lines in
      let path = deployment.folder(journal)
      let check = try await verify(deployment)
      let head = try #require(check.output.split(separator: " ").last?.dropLast())
      #expect(
        check.output == """
          \(lines.count) lines of \(path), each follows the one before it, but for the first without a link, as an \
          earlier version wrote; the last is \(head)

          """)
      #expect(check.errors == "" && check.status == 0)
      try await deployment.declare(["a": deployment.push("four"), "b": deployment.push("four")])
      _ = try await deployment.apply()
      let later = try await verify(deployment, "--last", String(head))
      #expect(later.status == 0, "\(later)")
    }
  }

  @Test func whatWasChangedOrIsMissingIsNamed() async throws {
    try await withJournal { deployment, lines in
      let path = deployment.folder(journal)
      let head = sha256(Array(lines.last!.utf8))
      func write(_ lines: [String]) throws {
        try deployment.folder.write(lines.map { $0 + "\n" }.joined(), to: journal)
      }
      var changed = lines
      changed[2] = changed[2].replacing("latest", with: "staging")
      changed.remove(at: 6)
      try write(changed)
      let check = try await verify(deployment)
      #expect(
        check.output == """
          line 4 does not follow line 3: that was changed, or lines between them are missing
          line 7 does not follow line 6: that was changed, or lines between them are missing
          \(path) was changed: \(changed.count) lines, 2 faults.

          """)
      #expect(check.errors == "" && check.status == 1)
      try write(lines.dropLast())
      #expect(try await verify(deployment).status == 0)
      let lost = try await verify(deployment, "--last", "\(head)", "--output", "json")
      let last = sha256(Array(lines[lines.count - 2].utf8))
      #expect(
        lost.output == """
          {"format":1,"journal":"\(path)","lines":\(lines.count - 1),"unchained":1,"tornBytes":0,"last":"\(last)","lost":"\(head)",\
          "faults":[]}

          """)
      #expect(lost.status == 1)
    }
  }

  @Test func whatIsNoWholeLineIsTold() async throws {
    try await withJournal { deployment, lines in
      try deployment.folder.write(lines.map { $0 + "\n" }.joined() + "{\"forged\"", to: journal)
      let torn = try await verify(deployment)
      #expect(
        torn.status == 0 && torn.output.hasSuffix("; 9 bytes behind it, of a line that was not finished\n"))
      // As a power failure leaves it.
      try deployment.folder.write(String(repeating: "\0", count: 4096), to: journal)
      let zeros = try await verify(deployment)
      #expect(zeros.status == 1 && zeros.output.hasPrefix("line 1 has no end, and is all there is\n"))
    }
  }

  @Test func whatCanNotBeCheckedIsSaid() async throws {
    try await withFakeDeployment { deployment, _, folder in
      let none = try await verify(deployment)
      #expect(
        none.errors == """
          tagkeeper: there is no journal to be checked in \(folder("state")): name its folder with --state-dir

          """)
      #expect(none.status == 1 && none.output == "")
      let usage: [[String]] = [["--channel", "latest"], ["--since", "3d"], ["a"]]
      for words in usage {
        let refused = try await deployment.tagkeeper(["history", "--verify"] + words)
        #expect(
          refused.errors
            == "tagkeeper: --verify stands alone, or with --last: it checks the journal of all channels\n")
        #expect(refused.status == 64)
      }
      let alone = try await deployment.tagkeeper("history", "--last", "\(digest(1))")
      #expect(alone.errors == "tagkeeper: --last is for --verify\n" && alone.status == 64)
    }
  }
}
