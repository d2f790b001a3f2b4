import FoundationEssentials
import GitCheckout
import LinuxSystem
import Model
import Synchronization
import TestSupport
import Testing

/// What one open repository lives through.
@Suite(.timeLimit(.minutes(10))) struct ReaderTests {
  @Test func repackUnderARunningReaderIsNotSeen() async throws {
    try await withRepository { _, repository in
      var tips: [String] = []
      for number in 0..<3 { tips.append(try await repository.commit(["a": "\(number)"])) }
      let opened = try await repository.opened()
      #expect(try await opened.text("a", tips[0]) == "0")
      try await repository.git("repack", "-q", "-a", "-d")
      #expect(try await opened.text("a", tips[1]) == "1")
      tips.append(try await repository.commit(["a": "3"]))
      try await repository.git("gc", "-q", "--prune=now")
      #expect(try await opened.tip("main") == tips[3])
      for (number, tip) in tips.enumerated() { #expect(try await opened.text("a", tip) == "\(number)") }
    }
  }

  @Test func repositoryThatWasClonedAnewIsReadAnew() async throws {
    try await withRepository { directory, repository in
      let old = try await repository.commit(["a": "old"])
      let clone = try await repository.clone(to: directory("clone"))
      let opened = try await clone.opened()
      #expect(try await opened.tip("main") == old)
      let new = try await repository.commit(["a": "new"])
      try directory.remove("clone")
      let error = try await gitError { _ = try await opened.tip("main") }
      #expect(error?.code == .notARepository)
      _ = try await repository.clone(to: directory("clone"), "--bare")
      #expect(try await opened.tip("main") == new)
      #expect(try await opened.text("a", new) == "new")
      #expect(await opened.commonDirectory == directory("clone"))
    }
  }

  /// The script writes a line for each cat-file that it starts.
  @Test func readerIsReplacedHourly() async throws {
    try await withRepository { directory, repository in
      let tip = try await repository.commit()
      let git = try await directory.script(
        "git", #"case "$*" in *cat-file*) echo x >> "\#(directory("starts"))";; esac; exec git "$@""#)
      let time = Time()
      let program = GitProgram(executable: git, environment: repository.environment)
      let opened = try await GitRepository.open(repository.path, with: program, now: { time.now })
      for _ in 0..<3 { #expect(try await opened.tip("main") == tip) }
      #expect(try directory.read("starts") == "x\n")
      time.advance(by: .seconds(3599))
      #expect(try await opened.tip("main") == tip)
      #expect(try directory.read("starts") == "x\n")
      time.advance(by: .seconds(1))
      #expect(try await opened.tip("main") == tip)
      #expect(try directory.read("starts") == "x\nx\n")
    }
  }

  /// The first cat-file answers once and dies; the second is asked the same again.
  @Test func deathOfTheReaderIsSurvived() async throws {
    try await withRepository { directory, repository in
      let tip = try await repository.commit()
      let git = try await directory.script(
        "git",
        """
        case "$*" in *cat-file*)
          if [ ! -e "\(directory("died"))" ]; then : > "\(directory("died"))"; head -n 1 | exec git "$@"; exit 0; fi;;
        esac
        exec git "$@"
        """)
      let program = GitProgram(executable: git, environment: repository.environment)
      let opened = try await GitRepository.open(repository.path, with: program)
      #expect(try await opened.tip("main") == tip)
      #expect(directory.exists("died"))
      #expect(try await opened.tip("main") == tip)
    }
  }

  /// "Missing" of a cat-file that is out of date is not believed.
  @Test func missingIsAskedOfAFreshReader() async throws {
    try await withRepository { directory, repository in
      let tip = try await repository.commit(["a": "1"])
      let git = try await directory.script(
        "git",
        """
        case "$*" in *cat-file*)
          if [ ! -e "\(directory("used"))" ]; then : > "\(directory("used"))"
            while read -r question name; do
              case "$name" in refs/heads/main) echo "\(tip) commit 1";; *) echo "$name missing";; esac
            done; exit 0
          fi;;
        esac
        exec git "$@"
        """)
      let program = GitProgram(executable: git, environment: repository.environment)
      let opened = try await GitRepository.open(repository.path, with: program)
      #expect(try await opened.tip("main") == tip)
      #expect(try await opened.text("a", tip) == "1")
    }
  }

  @Test func hungGitIsKilled() async throws {
    try await withRepository { directory, repository in
      try await repository.commit()
      let git = try await directory.script(
        "git", #"case "$*" in *cat-file*|*merge-base*) exec sleep 300;; esac; exec git "$@""#)
      let program = GitProgram(
        executable: git, environment: repository.environment, timeout: .seconds(3))
      let opened = try await GitRepository.open(repository.path, with: program)
      let error = try await gitError { _ = try await opened.tip("main") }
      #expect(error?.code == .unreadable)
      #expect(
        error?.description
          == "\(git) -C \(repository.path) -c core.deltaBaseCacheLimit=1m cat-file --batch-command: no answer within 3.0 seconds, so it was killed"
      )
      let zeros = try CommitID(String(repeating: "0", count: 40))
      let ones = try CommitID(String(repeating: "1", count: 40))
      guard case .unknown(let reason) = try await opened.isAncestor(zeros, of: ones) else {
        Issue.record("a hung git answers nothing")
        return
      }
      #expect(reason.hasSuffix("no answer within 3.0 seconds, so it was killed"))
    }
  }

  /// One conversation at a time: every answer belongs to its question.
  @Test func concurrentQuestionsDontMix() async throws {
    try await withRepository { _, repository in
      var files: [String: String] = [:]
      for number in 0..<20 { files["\(number)"] = String(repeating: "\(number) ", count: 1 + number * 1000) }
      let tip = try await repository.commit(files.mapValues { $0 })
      let opened = try await repository.opened()
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for (name, text) in files {
          group.addTask { try await opened.text(name, tip) == text }
          group.addTask { try await opened.tip("main") == tip }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }

  /// Nothing of ours takes a lock, prompts, fetches, or sees replacements and grafts.
  @Test func environmentIsThatOfTheDesign() async throws {
    try await withRepository { directory, repository in
      try await repository.commit()
      let git = try await directory.script(
        "git", #"env | grep ^GIT_ | sort > "\#(directory("seen"))"; exec git "$@""#)
      let program = GitProgram(executable: git, environment: repository.environment)
      _ = try await GitRepository.open(repository.path, with: program)
      #expect(
        try directory.read("seen") == """
          GIT_ALLOW_PROTOCOL=none
          GIT_CEILING_DIRECTORIES=\(directory.path)
          GIT_GRAFT_FILE=/dev/null
          GIT_NO_LAZY_FETCH=1
          GIT_NO_REPLACE_OBJECTS=1
          GIT_OPTIONAL_LOCKS=0
          GIT_TERMINAL_PROMPT=0

          """)
    }
  }
}

private final class Time: Sendable {
  private let value = Mutex(Duration.zero)
  var now: Duration { value.withLock { $0 } }
  func advance(by duration: Duration) { value.withLock { $0 += duration } }
}
