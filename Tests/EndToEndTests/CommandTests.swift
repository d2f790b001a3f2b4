import Model
import TestSupport
import Testing

private let one = "sha256:" + String(repeating: "1", count: 64)
private let two = "sha256:" + String(repeating: "2", count: 64)

private func state(_ images: String) -> String { "version: 1\nrepositories:\n" + images }

/// `fmt`, `set` and `validate` on files.
@Suite(.timeLimit(.minutes(10))) struct FileCommandTests {
  @Test func fmtWritesTheCanonicalForm() async throws {
    try await withTemporaryDirectory { folder in
      let unsorted = state(
        "  team/app: # ours\n    b: {digest: \(two)}\n    # the first\n    a:\n      digest: \(one)\n")
      let canonical = state(
        "  team/app: # ours\n    # the first\n    a:\n      digest: \(one)\n\n    b:\n      digest: \(two)\n")
      try folder.write(unsorted, to: "state/a.yaml")
      try folder.write("version: 1\nrepositories: {}\n", to: "state/b.yaml")

      let check = try await tagkeeper("fmt", "--check", "state", in: folder)
      #expect(check.output == "state/a.yaml\n" && check.errors == "" && check.status == 1)
      #expect(try folder.read("state/a.yaml") == unsorted)
      let format = try await tagkeeper("fmt", "state/a.yaml", "state/b.yaml", in: folder)
      #expect(format.output == "state/a.yaml\n" && format.errors == "" && format.status == 0)
      #expect(try folder.read("state/a.yaml") == canonical)
      let again = try await tagkeeper("fmt", "--check", "state", in: folder)
      #expect(again.output == "" && again.errors == "" && again.status == 0)
    }
  }

  @Test func fmtRefusesWhatIsInvalid() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(state("  team/app:\n    b: {digest: \(two)}\n    b: {digest: \(one)}\n"), to: "a.yaml")
      let finished = try await tagkeeper("fmt", "a.yaml", in: folder)
      #expect(finished.errors.hasPrefix("tagkeeper: a.yaml:5:5: error: \"b\" is declared twice\n"))
      #expect(finished.output == "" && finished.status == 1)
      let absent = try await tagkeeper("fmt", "b.yaml", in: folder)
      #expect(
        absent.errors == "tagkeeper: b.yaml: no such file or folder: check the path\n" && absent.status == 1)
    }
  }

  @Test func setWritesOneDigest() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(
        state("  team/app:\n    b: # beta\n      digest: \(one)\n"), to: "desired-state/images.yaml")
      let changed = try await tagkeeper("set", "b", two, in: folder)
      #expect(
        changed.output
          == "desired-state/images.yaml: team/app/b moved from sha256:111111111111 to sha256:222222222222\n")
      let same = try await tagkeeper("set", "b", two, in: folder)
      #expect(same.output == "desired-state/images.yaml: team/app/b has sha256:222222222222 already\n")
      let new = try await tagkeeper("set", "a", one, in: folder)
      #expect(new.output == "desired-state/images.yaml: team/app/a added with sha256:111111111111\n")
      #expect(changed.status == 0 && same.status == 0 && new.status == 0)
      #expect(
        try folder.read("desired-state/images.yaml")
          == state("  team/app:\n    a:\n      digest: \(one)\n\n    b: # beta\n      digest: \(two)\n"))
    }
  }

  @Test func setAsksWhichRepository() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(
        state("  team/app:\n    a:\n      digest: \(one)\n\n  team/web:\n    a:\n      digest: \(one)\n"),
        to: "state/x.yaml")
      let which = try await tagkeeper("set", "a", two, "--file", "state", in: folder)
      #expect(
        which.errors
          == "tagkeeper: which repository? give --repository NAME: the state has team/app, team/web\n")
      #expect(which.status == 64 && which.output == "")
      let named = try await tagkeeper(
        "set", "--repository", "team/web", "--file", "state/x.yaml", "a", two, in: folder)
      #expect(
        named.output == "state/x.yaml: team/web/a moved from sha256:111111111111 to sha256:222222222222\n"
          && named.status == 0)
      let another = try await tagkeeper(
        "set", "--repository", "team/new", "--file", "state/x.yaml", "n", two, in: folder)
      #expect(another.output == "state/x.yaml: team/new/n added with sha256:222222222222\n")
      let malformed = try await tagkeeper(
        "set", "--repository", "Team", "--file", "state", "a", two, in: folder)
      #expect(malformed.errors.hasPrefix("tagkeeper: \"Team\" is not a repository name: "))
      #expect(malformed.status == 64)
      #expect(
        try folder.read("state/x.yaml")
          == state(
            "  team/app:\n    a:\n      digest: \(one)\n\n  team/new:\n    n:\n      digest: \(two)\n\n"
              + "  team/web:\n    a:\n      digest: \(two)\n"))
    }
  }

  @Test func setWithoutAFile() async throws {
    try await withTemporaryDirectory { folder in
      let finished = try await tagkeeper("set", "a", one, in: folder)
      #expect(
        finished.errors == "tagkeeper: desired-state/images.yaml: no such file or folder: check the path\n")
      #expect(finished.status == 1)
    }
  }

  @Test func validateFiles() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(state("  team/app:\n    a:\n      digest: \(one)\n"), to: "a.yaml")
      try folder.write(state("  team/web:\n    b: {digest: \(one)}\n"), to: "b.yaml")
      let valid = try await tagkeeper("validate", "a.yaml", "b.yaml", in: folder)
      #expect(
        valid.output == """
          b.yaml:4:7: warning: not in canonical form: expected "    b:"
            |     b: {digest: \(one)}
            |       ^
            fix: run tagkeeper fmt b.yaml
          a.yaml b.yaml: 2 images, no error

          """)
      #expect(valid.errors == "" && valid.status == 0)
      let json = try await tagkeeper("validate", "--output", "json", "b.yaml", in: folder)
      #expect(
        json.output == """
          {"format":1,"states":[{"name":"b.yaml","valid":true,"images":1,"diagnostics":[{"severity":"warning",\
          "file":"b.yaml","line":4,"column":7,"message":"not in canonical form: expected \\"    b:\\"",\
          "remedy":"run tagkeeper fmt b.yaml"}]}]}

          """)
      try folder.write("version: 3\n", to: "c.yaml")
      let invalid = try await tagkeeper("validate", "--output", "json", "c.yaml", in: folder)
      #expect(
        invalid.output == """
          {"format":1,"states":[{"name":"c.yaml","valid":false,"images":null,"diagnostics":[{"severity":"error",\
          "file":"c.yaml","line":1,"column":10,"message":"version 3 is not supported",\
          "remedy":"this tagkeeper reads version 1: upgrade it"}]}]}

          """)
      #expect(json.status == 0 && invalid.status == 1)
    }
  }
}

/// Commands that read the configuration and the checkout.
@Suite(.timeLimit(.minutes(10))) struct CheckoutCommandTests {
  @Test func validateBranches() async throws {
    try await withFakeDeployment { deployment, registry, _ in
      let production = try await deployment.declare(["a": digest(1)])
      try await deployment.git.checkOut("main")
      let main = try await deployment.declare(["a": digest(1), "b": digest(1)])
      let all = try await deployment.tagkeeper("validate")
      #expect(
        all.output == """
          main at \(main.short): 2 images, no error
          production at \(production.short): 1 image, no error

          """)
      let one = try await deployment.tagkeeper("validate", "--rev", "production")
      #expect(one.output == "production at \(production.short): 1 image, no error\n")
      #expect(all.status == 0 && one.status == 0 && registry.requests.isEmpty)
    }
  }

  @Test func acceptNamesWhatIsWrong() async throws {
    try await withFakeDeployment { deployment, _, folder in
      let tip = try await deployment.declare(["a": digest(1)])
      let channel = try await deployment.tagkeeper("accept", "--channel", "x", "production")
      #expect(
        channel.errors == "tagkeeper: there is no channel \"x\": the configuration has staging, latest\n")
      #expect(channel.status == 64)
      let commit = try await deployment.tagkeeper("accept", "--channel", "latest", "main~9")
      #expect(
        commit.errors
          == "tagkeeper: \(folder("checkout")): \"main~9\" names no commit here: check the spelling, or fetch it\n"
      )
      #expect(commit.status == 1)
      let early = try await deployment.tagkeeper("accept", "--channel", "latest", "production")
      #expect(
        early.errors == """
          tagkeeper: \(folder("state")): nothing was ever applied to latest from this state directory: give the daemon's \
          by --state-dir

          """)
      #expect(early.status == 1)
      _ = try await deployment.tagkeeper("apply", "--channel", "latest")
      let accepted = try await deployment.tagkeeper("accept", "--channel", "latest", "production")
      #expect(
        accepted.output
          == "accepted \(tip) in place of \(tip.short) for latest: the daemon goes on once production has it\n"
      )
      #expect(accepted.status == 0)
    }
  }

  @Test func validateWarnsOfDaysThatArePast() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(
        """
        version: 1
        repositories:
          team/app:
            a:
              digest: \(one)
              eol: 2026-01-01

            b:
              digest: \(one)
              eol: 9999-01-01

        """, to: "images.yaml")
      let done = try await tagkeeper("validate", "images.yaml", in: folder)
      #expect(
        done.output == """
          images.yaml:4:5: warning: the image is past its eol day, 2026-01-01
            |     a:
            |     ^
            fix: remove it, or move the day
          images.yaml: 2 images, no error

          """)
      #expect(done.status == 0)
    }
  }

  @Test func initThenEveryNextStep() async throws {
    try await withTemporaryDirectory { folder in
      let outside = try await tagkeeper("init", in: folder)
      #expect(
        outside.errors == """
          tagkeeper: \(folder.path): is not a git repository: run git init here, or give --checkout PATH

          """)
      #expect(outside.output == "" && outside.status == 1)
      _ = try await TemporaryGitRepository(folder.path)
      let first = try await tagkeeper("init", in: folder)
      #expect(
        first.output == """
          wrote tagkeeper.yaml
          wrote desired-state/images.yaml
          tagkeeper.yaml is the operator's: a line /tagkeeper.yaml in .git/info/exclude keeps it out of commits
          Next: read tagkeeper.yaml; declare images (tagkeeper set --repository team/images IMAGE DIGEST);
          commit desired-state/images.yaml and create the branches main and production where they are missing;
          then look: tagkeeper doctor, and tagkeeper plan
          To let git merge this file image by image in your checkout: tagkeeper init --merge-driver

          """)
      #expect(first.errors == "" && first.status == 0)
      let valid = try await tagkeeper("validate", "desired-state", in: folder)
      #expect(valid.output == "desired-state: 0 images, no error\n" && valid.status == 0)
      let again = try await tagkeeper("init", in: folder)
      #expect(
        again.output.hasPrefix(
          "tagkeeper.yaml exists: left as it is\ndesired-state/images.yaml exists: left as it is\n"))
      let set = try await tagkeeper("set", "--repository", "team/app", "a", one, in: folder)
      #expect(set.output == "desired-state/images.yaml: team/app/a added with sha256:111111111111\n")
      #expect(try await tagkeeper("validate", "desired-state", in: folder).status == 0)
      let plan = try await tagkeeper("plan", in: folder)
      #expect(
        plan.output.contains("there is no branch \"main\", neither refs/heads/main nor refs/remotes/main"))
      #expect(plan.status == 1)
    }
  }

  @Test func initForACheckoutElsewhere() async throws {
    try await withTemporaryDirectory { folder in
      _ = try await TemporaryGitRepository(folder("work"))
      let made = try await tagkeeper(
        "init", "--checkout", "work", "--registry", "http://127.0.0.1:5000", "--config", "etc/tagkeeper.yaml",
        in: folder)
      #expect(
        made.output.hasPrefix("wrote etc/tagkeeper.yaml\nwrote work/desired-state/images.yaml\n"),
        "\(made.output)\(made.errors)")
      // The configuration's paths start at its own folder.
      #expect(try folder.read("etc/tagkeeper.yaml").contains("checkout: \(folder("work"))\n"))
      #expect(try folder.read("etc/tagkeeper.yaml").contains("registry: http://127.0.0.1:5000\n"))
      let refused = try await tagkeeper("init", "--registry", "registry.example.com", in: folder)
      #expect(refused.errors.hasPrefix("tagkeeper: "), "\(refused.errors)")
      #expect(refused.status == 64 && !folder.exists("tagkeeper.yaml"))
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct HelpTests {
  @Test func everyCommandIsExplained() async throws {
    try await withTemporaryDirectory { folder in
      let overview = try await tagkeeper("help", in: folder)
      #expect(overview.status == 0 && overview.errors == "")
      #expect(overview.output == (try await tagkeeper("--help", in: folder).output))
      let lines = overview.output.split(separator: "\n", omittingEmptySubsequences: false)
      let commands = lines.drop { $0 != "Commands:" }.dropFirst().prefix { !$0.isEmpty }
        .map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
      #expect(
        commands.map { $0[0] } == [
          "run", "plan", "apply", "cut", "rollback", "diff", "history", "validate", "fmt", "set", "import",
          "accept", "suspend", "resume", "doctor", "init", "merge-driver", "completions", "version", "help",
        ])
      for command in commands {
        let help = try await tagkeeper("help", command[0], in: folder)
        let first = help.output.split(separator: "\n").first.map(String.init)
        #expect(first == command[1].drop { $0 == " " }.description)
        #expect(help.output.contains("\n\nUsage: tagkeeper \(command[0])"))
        #expect(help.output.contains("  --config FILE "))
        #expect(help.status == 0 && help.errors == "")
        #expect(help.output == (try await tagkeeper(command[0], "--help", in: folder).output))
        let widest = help.output.split(separator: "\n").map(\.count).max() ?? 0
        #expect(widest <= 110, "\(command[0])")
      }
    }
  }

  @Test(.enabled(if: DebianProgram.mandoc.isExpected, "\(DebianProgram.mandoc.absence)"))
  func theManualIsWellFormed() async throws {
    try await withTemporaryDirectory { folder in
      let page = try await tagkeeper("help", "--man", in: folder)
      #expect(page.status == 0 && page.errors == "")
      let judged = try await DebianProgram.mandoc.run(["-T", "lint", "-W", "all"], input: page.output)
      #expect(judged.isSuccess && judged.output == "" && judged.errors == "", "\(judged.output)")
    }
  }

  @Test func version() async throws {
    try await withTemporaryDirectory { folder in
      for word in ["version", "--version"] {
        let finished = try await tagkeeper(word, in: folder)
        #expect(finished.output == "tagkeeper 0.1.0\n" && finished.errors == "" && finished.status == 0)
      }
    }
  }
}
