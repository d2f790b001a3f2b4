import FoundationEssentials
import GitCheckout
import TestSupport
import Testing

/// Real fetches, from repositories on this machine and through programs in the place of ssh.
@Suite(.timeLimit(.minutes(10))) struct FetchTests {
  private let main = RemoteBranch("origin/main", of: "origin")!
  private let production = RemoteBranch("origin/production", of: "origin")!

  /// Calls `body` with a repository that has the branches main and production, and a clone of it.
  private func withClone(
    _ body: (TemporaryDirectory, _ remote: TemporaryGitRepository, _ clone: TemporaryGitRepository)
      async throws
      -> Void
  ) async throws {
    try await withRepository { directory, remote in
      try await remote.commit(["a": "1"])
      try await remote.git("branch", "production")
      try await body(directory, remote, try await remote.clone(to: directory("clone")))
    }
  }

  private func refs(_ repository: TemporaryGitRepository) async throws -> [String: String] {
    let lines = try await repository.git("for-each-ref", "--format=%(refname) %(objectname)")
    return Dictionary(
      uniqueKeysWithValues: lines.split(separator: "\n").map { line in
        let words = line.split(separator: " ").map(String.init)
        return (words[0], words[1])
      })
  }

  private func fetch(
    _ branch: RemoteBranch, _ repository: TemporaryGitRepository, extra: [String: String] = [:],
    timeout: Duration = .seconds(60)
  ) async throws -> FetchOutcome {
    try await repository.opened(extra: extra).fetch(branch, timeout: timeout)
  }

  @Test func branchesOfARemoteAreNamed() {
    #expect(RemoteBranch("main", of: "origin") == nil)
    #expect(RemoteBranch("origins/main", of: "origin") == nil)
    let release = RemoteBranch("team/up/release/9", of: "team/up")
    #expect(release?.name == "release/9" && release?.trackingRef == "refs/remotes/team/up/release/9")
  }

  /// Whatever the user's configuration asks for besides.
  @Test func theOneRefMovesAndNothingElse() async throws {
    try await withClone { _, remote, clone in
      for (key, value) in [
        ("remote.origin.fetch", "+refs/*:refs/*"), ("remote.origin.tagOpt", "--tags"),
        ("fetch.prune", "true"),
        ("fetch.pruneTags", "true"),
      ] {
        try await clone.git("config", "--add", key, value)
      }
      try await clone.git("tag", "mine")
      try await clone.git("branch", "local")
      try await clone.makeDirty()
      try await remote.checkOut("production")
      let tip = try await remote.commit(["a": "2"])
      try await remote.git("tag", "theirs")
      try await remote.checkOut("main")
      try await remote.commit(["a": "3"])
      var expected = try await refs(clone)
      expected["refs/remotes/origin/production"] = tip
      try await clone.expectUntouched {
        let outcome = try await fetch(production, clone)
        #expect(outcome == .fetched)
      }
      #expect(try await refs(clone) == expected)
      #expect(!FileManager.default.fileExists(atPath: "\(clone.path)/.git/FETCH_HEAD"))
    }
  }

  @Test func aBranchThatWasRewoundIsFollowed() async throws {
    try await withClone { _, remote, clone in
      try await remote.checkOut("production")
      let first = try await remote.tip()
      try await remote.commit(["a": "2"])
      #expect(try await fetch(production, clone) == .fetched)
      try await remote.git("reset", "-q", "--hard", first)
      let other = try await remote.commit(["a": "3"])
      #expect(try await fetch(production, clone) == .fetched)
      #expect(try await clone.tip("refs/remotes/origin/production") == other)
    }
  }

  @Test func aBranchThatIsGoneIsToldFromOthersAndStays() async throws {
    try await withClone { _, remote, clone in
      let last = try await remote.tip("production")
      try await remote.git("branch", "-q", "-D", "production")
      // ls-remote lists it, too.
      try await remote.git("branch", "x/refs/heads/production")
      let tip = try await remote.commit(["a": "2"])
      #expect(try await fetch(production, clone) == .vanished)
      #expect(try await clone.tip("refs/remotes/origin/production") == last)
      #expect(try await fetch(main, clone) == .fetched)
      #expect(try await clone.tip("refs/remotes/origin/main") == tip)
      let opened = try await clone.opened()
      #expect(try await opened.look(for: main, timeout: .seconds(60)) == .present)
      #expect(try await opened.look(for: production, timeout: .seconds(60)) == .absent)
      try await remote.git("branch", "production")
      #expect(try await fetch(production, clone) == .fetched)
    }
  }

  @Test func whatCanNotBeReachedOrWrittenIsUnknown() async throws {
    try await withClone { directory, remote, clone in
      try await clone.git("remote", "set-url", "origin", directory("gone"))
      let gone =
        "fatal: '\(directory("gone"))' does not appear to be a git repository; fatal: Could not read from remote "
        + "repository."
      #expect(try await fetch(production, clone) == .unreachable(gone))
      let opened = try await clone.opened()
      #expect(try await opened.look(for: production, timeout: .seconds(60)) == .unknown(gone))
      #expect(
        try await fetch(RemoteBranch("hub/main", of: "hub")!, clone)
          == .failed(
            "\(clone.path) has no remote \"hub\": git remote add it, or mend remote: below fetch:"
          ))

      try await clone.git("remote", "set-url", "origin", remote.path)
      try await remote.checkOut("production")
      try await remote.commit(["a": "2"])
      let lock = "\(clone.path)/.git/refs/remotes/origin/production.lock"
      try Data().write(to: URL(filePath: lock))
      guard case .failed(let reason) = try await fetch(production, clone) else {
        Issue.record("fetched beside a lock")
        return
      }
      #expect(reason.contains("cannot lock ref 'refs/remotes/origin/production'"), "\(reason)")
    }
  }

  @Test func whatHangsIsKilledWithItsChildren() async throws {
    try await withClone { directory, _, clone in
      let ssh = try HangingSSH(in: directory)
      try await clone.git("remote", "set-url", "origin", "ssh://git.example/prereqs.git")
      let opened = try await clone.opened(extra: ["GIT_SSH_COMMAND": ssh.command])
      let fetching = Task { [production] in try await opened.fetch(production, timeout: .seconds(1)) }
      try await ssh.waitUntilGone()
      #expect(
        try await fetching.value
          == .failed(
            "git gave no answer within 1.0 seconds, so it was killed: raise timeout: below fetch: where that is too "
              + "short"))
    }
  }

  @Test func aCancelledFetchEndsWithItsChildren() async throws {
    try await withClone { directory, _, clone in
      let ssh = try HangingSSH(in: directory)
      try await clone.git("remote", "set-url", "origin", "ssh://git.example/prereqs.git")
      let opened = try await clone.opened(extra: ["GIT_SSH_COMMAND": ssh.command])
      let fetching = Task { [production] in try await opened.fetch(production, timeout: .seconds(600)) }
      try await ssh.waitUntilGone(afterStart: { fetching.cancel() })
      await #expect(throws: CancellationError.self) { try await fetching.value }
    }
  }

  @Test func passwordsAndTerminalEscapesAreNotRepeated() async throws {
    try await withClone { directory, _, clone in
      let secret = testSecret()
      let said = """
        fatal: unable to access 'https://bot:\(secret)@git.example/a.git/': \u{1b}[31mrefused
        remote: see http://\(secret)@proxy:3128, https://bot:\(secret)@odd@git.example, https://git.example/a@b
        hint: not this
        fatal: unable to access 'https://bot:\(secret)/x?y@git.example/a?private_token=\(secret)/': denied

        """
      let script = try directory.write("cat >&2 <<'END'\n\(said)END\nexit 1\n", to: "ssh.sh")
      try await clone.git("remote", "set-url", "origin", "ssh://git.example/prereqs.git")
      let outcome = try await fetch(production, clone, extra: ["GIT_SSH_COMMAND": "sh \(script)"])
      #expect(
        outcome
          == .unreachable(
            "fatal: unable to access 'https://(redacted)@git.example/a.git/': \\u{1b}[31mrefused; remote: see "
              + "http://(redacted)@proxy:3128, https://(redacted)@git.example, https://(redacted)@b; "
              + "fatal: unable to access 'https://(redacted)@git.example/a?(redacted)': denied; "
              + "fatal: Could not read from remote repository."))
    }
  }

  @Test func theReasonIsNotHiddenByABanner() async throws {
    try await withClone { directory, _, clone in
      let script = try directory.write(
        "for line in $(seq 50); do echo 'Property of nobody. Keep out.' >&2; done; echo 'Permission denied' >&2; exit 1\n",
        to: "ssh.sh")
      try await clone.git("remote", "set-url", "origin", "ssh://git.example/prereqs.git")
      guard
        case .unreachable(let reason) = try await fetch(
          production, clone, extra: ["GIT_SSH_COMMAND": "sh \(script)"])
      else {
        Issue.record("reached")
        return
      }
      #expect(reason.hasSuffix("; Permission denied; fatal: Could not read from remote repository."))
      #expect(reason.hasPrefix("…") && reason.count == 501)
    }
  }

  /// What is being restored, and a proxy that answers in its place, list nothing.
  @Test func aRemoteWithoutAnyBranchIsUnknownNotOneThatLacksIt() async throws {
    try await withClone { directory, _, clone in
      let last = try await clone.tip("refs/remotes/origin/production")
      try await clone.git("init", "-q", "--bare", directory("empty"))
      try await clone.git("remote", "set-url", "origin", directory("empty"))
      guard case .unreachable = try await fetch(production, clone) else {
        Issue.record("an empty remote answered")
        return
      }
      let presence = try await clone.opened().look(for: production, timeout: .seconds(60))
      #expect(presence == .unknown("the remote origin lists no branch at all"))
      #expect(try await clone.tip("refs/remotes/origin/production") == last)
    }
  }

  @Test func noLocalBranchIsWrittenThroughASymbolicRef() async throws {
    try await withClone { _, remote, clone in
      try await clone.git("branch", "local", "main")
      try await clone.git("symbolic-ref", "refs/remotes/origin/production", "refs/heads/local")
      let before = try await refs(clone)
      try await remote.checkOut("production")
      try await remote.commit(["a": "2"])
      #expect(
        try await fetch(production, clone)
          == .failed(
            "refs/remotes/origin/production stands for \"refs/heads/local\": git symbolic-ref --delete it"))
      #expect(try await refs(clone) == before)
    }
  }

  /// What a program in the place of ssh was called with: its arguments, then the variables that were asked for.
  private func call(
    _ clone: TemporaryGitRepository, _ directory: TemporaryDirectory, _ extra: [String: String]
  ) async throws -> [String] {
    try? directory.remove("called")
    _ = try await fetch(production, clone, extra: extra)
    return try directory.read("called").split(separator: "\n").map(String.init)
  }

  @Test func sshAsksNobodyUnlessTheUserSaysHowItIsRun() async throws {
    try await withClone { directory, _, clone in
      try await clone.git("remote", "set-url", "origin", "ssh://git.example/prereqs.git")
      let record =
        "echo \"$@\" > '\(directory("called"))'\nenv | grep -E '^(GIT_|SSH_|https_proxy)' | sort >> '\(directory("called"))'\nexit 1"
      try directory.write("", to: "bin/.keep")
      let ssh = try await directory.script("bin/ssh", record)
      let path = ["PATH": "\(directory("bin")):/usr/bin:/bin"]
      let plain = try await call(clone, directory, path)
      #expect(plain.first?.hasPrefix("-o BatchMode=yes ") == true, "\(plain)")
      #expect(plain.contains("GIT_TERMINAL_PROMPT=0"))
      #expect(!plain.contains { $0.hasPrefix("GIT_DIR=") || $0.hasPrefix("GIT_NO_LAZY_FETCH=") })

      let users = [
        "GIT_SSL_CAINFO": "/ca", "GIT_ASKPASS": "/ask", "SSH_AUTH_SOCK": "/agent", "https_proxy": "proxy:1",
      ]
      let redirected = [
        "GIT_DIR": directory("nowhere"), "GIT_TRACE": directory("trace"), "SSH_ASKPASS": "/window",
      ]
      let kept = try await call(
        clone, directory, path.merging(users) { $1 }.merging(redirected) { $1 })
      for (name, value) in users { #expect(kept.contains("\(name)=\(value)"), "\(kept)") }
      #expect(!directory.exists("trace"))
      #expect(!kept.contains("SSH_ASKPASS=/window"), "\(kept)")

      for told in [["GIT_SSH_COMMAND": "\(ssh) -v"], ["GIT_SSH": ssh], ["SSH_ASKPASS_REQUIRE": "force"]] {
        let words = try await call(clone, directory, path.merging(told) { $1 })
        #expect(words.first?.contains("BatchMode") == false, "\(words)")
      }
      try await clone.git("config", "core.sshCommand", "\(ssh) -F none")
      #expect(try await call(clone, directory, path).first?.hasPrefix("-F none ") == true)
    }
  }
}
