import LinuxSystem

/// The git executable, and the environment in which it reads one repository and nothing else.
package struct GitProgram: Sendable {
  private let executable: String
  /// Of every command.
  let environment: [String: String]
  /// Who the caller's environment says writes commits: for what writes alone.
  private let identity: [String: String]
  /// How the caller's environment reaches remotes: for what speaks to one alone.
  let transport: [String: String]
  /// For one command, or one answer.
  let timeout: Duration

  /// - Parameters:
  ///   - executable: A name to find in `PATH`, or a path.
  ///   - environment: The process's own. Every `GIT_` variable in it is dropped but GIT_EXEC_PATH: all that
  ///     `git rev-parse --local-env-vars` names, which would redirect git to another repository, and those
  ///     that change configuration, paths or output. For writing, those that say who writes are kept, and for
  ///     speaking to a remote those that say how.
  package init(
    executable: String = "git", environment: [String: String], timeout: Duration = .seconds(30)
  ) {
    self.executable = executable
    self.timeout = timeout
    var kept = environment.filter { !$0.key.hasPrefix("GIT_") || $0.key == "GIT_EXEC_PATH" }
    kept.merge(Self.fixed) { $1 }
    self.environment = kept
    identity = environment.filter { Self.identityVariables.contains($0.key) }
    transport = environment.filter { Self.isTransport($0.key) }
  }

  /// git-commit-tree(1), "Commit information": people and CI set them.
  private static let identityVariables: Set = [
    "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE",
  ]

  private static let fixed = [
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    // Before 2.44, which knows GIT_NO_LAZY_FETCH: without a transport there is nothing to fetch by.
    "GIT_ALLOW_PROTOCOL": "none",
    // Grafts would change ancestry as replacements do.
    "GIT_GRAFT_FILE": "/dev/null",
    // Its messages are read and quoted.
    "LC_ALL": "C",
  ]

  /// `git -C path` with `arguments`. Git looks for the repository at `path` alone, not in the folders
  /// above: a checkout that is gone must not become the one around it.
  func command(in path: String, _ arguments: [String], as writer: Writer = .nobody) -> Command {
    var environment = environment
    if writer != .nobody { environment.merge(identity) { $1 } }
    if writer == .placeholder { environment.merge(Signature.placeholder) { $1 } }
    environment["GIT_CEILING_DIRECTORIES"] = Self.parent(of: path)
    return Command(executable, ["-C", path] + arguments, environment: environment)
  }

  /// Runs to the end, blocking: for a `WorkerThread`.
  func run(in path: String, _ arguments: [String]) throws(GitError) -> CompletedProcess {
    do throws(ChildProcessError) {
      return try ProcessConversation(command(in: path, arguments)).run(timeout: timeout)
    } catch {
      throw GitError(error)
    }
  }

  /// - Throws: `GitError`: `gitMissing`, `gitTooOld`.
  func checkVersion() throws(GitError) -> GitVersion {
    let done = try run(in: "/", ["--version"])
    guard let version = GitVersion(versionOutput: done.outputText) else {
      throw GitError(.unreadable, "\(executable) --version said \(done.outputText.debugDescription)")
    }
    guard version >= GitVersion.oldest else {
      throw GitError(
        .gitTooOld, "git is \(version)", remedy: "install git \(GitVersion.oldest) or newer")
    }
    return version
  }

  private static func parent(of path: String) -> String {
    guard let absolute = CanonicalPath.of(path) else { return "" }
    return String(absolute[..<(absolute.lastIndex(of: "/") ?? absolute.startIndex)])
  }
}

extension [UInt8] {
  /// Of what git wrote to standard error, the lines that say that something failed, without their newlines:
  /// warnings, such as of a configuration file that can't be read, are left out.
  var complaints: String {
    String(decoding: self, as: UTF8.self).split(separator: "\n")
      .filter { $0.hasPrefix("error: ") || $0.hasPrefix("fatal: ") }.joined(separator: "; ")
  }
}

extension CompletedProcess {
  /// Without the newline at its end.
  var outputText: String { Self.text(output) }
  var errorText: String { Self.text(errorOutput) }

  private static func text(_ bytes: [UInt8]) -> String {
    let end = bytes.lastIndex { $0 != UInt8(ascii: "\n") }.map { $0 + 1 } ?? 0
    return String(decoding: bytes[..<end], as: UTF8.self)
  }
}
