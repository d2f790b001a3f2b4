import FoundationEssentials
import TestSupport
import Testing

/// What no command may change in a checkout: the index's bytes, HEAD and its reflog, what git status says,
/// and every file.
struct Surroundings: Equatable {
  let files: [String: Data]
  let status: String

  init(of repository: TemporaryGitRepository) async throws {
    // git status writes a refreshed index unless it is told not to.
    status = try await repository.git("status", "--porcelain", extra: ["GIT_OPTIONAL_LOCKS": "0"])
    let folder = try await repository.git("rev-parse", "--path-format=absolute", "--git-dir")
    var files: [String: Data] = [:]
    for name in ["index", "HEAD", "logs/HEAD", "ORIG_HEAD", "MERGE_HEAD"] {
      files["git/\(name)"] = try? Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
    }
    for name in try FileManager.default.subpathsOfDirectory(atPath: repository.path)
    where !name.hasPrefix(".git/") {
      files[name] =
        (try? Data(contentsOf: URL(filePath: "\(repository.path)/\(name)"))) ?? Data("folder".utf8)
    }
    self.files = files
  }
}

extension TemporaryGitRepository {
  /// Another branch checked out, a file changed, one staged, one staged and changed again, one untracked.
  func makeDirty() async throws {
    try await checkOut("elsewhere")
    try await commit(["tracked": "1", "staged": "1"], message: "elsewhere")
    for (name, text) in [("tracked", "2"), ("staged", "2"), ("untracked", "1")] {
      try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }
    try await git("add", "staged")
    try Data("3".utf8).write(to: URL(filePath: "\(path)/staged"))
  }

  /// `body` in the dirty checkout changes nothing around it.
  func expectUntouched(_ body: () async throws -> Void) async throws {
    let before = try await Surroundings(of: self)
    #expect(before.status == "MM staged\n M tracked\n?? untracked")
    try await body()
    #expect(try await Surroundings(of: self) == before)
  }
}
