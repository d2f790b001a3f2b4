import FoundationEssentials
import Glibc
import LinuxSystem

extension GitRepository {
  /// Has git run `driver` for its files in this repository and all its worktrees: by the repository's own
  /// configuration and `info/attributes` (gitattributes(5)), of which every other line stays.
  /// - Throws: `GitError`: `notWritten`, `unreadable`; `CancellationError`, `SystemError`.
  package nonisolated func registerMergeDriver(_ driver: MergeDriver) async throws {
    // The driver before the line that names it: a name without one is merged as text.
    for (key, value) in driver.settings {
      _ = try await write(["config", "--local", "--replace-all", key, value])
    }
    try await addAttribute(driver.attribute, to: driver.pattern)
  }

  /// Whether git runs exactly this driver for exactly this pattern.
  /// - Throws: `GitError.unreadable`, `CancellationError`, `SystemError`.
  package nonisolated func isRegistered(_ driver: MergeDriver) async throws -> Bool {
    for (key, value) in driver.settings {
      let done = try await run(["config", "--local", "--null", "--get", key])
      switch done.termination {
      case .exited(status: 0): guard done.output.elementsEqual(value.utf8 + [0]) else { return false }
      // Not set (git-config(1)).
      case .exited(status: 1): return false
      default: throw GitError(.unreadable, "\(path): git config \(key): \(done.errorOutput.complaints)")
      }
    }
    return try await attributes().gives(driver.attribute, to: driver.pattern)
  }

  /// On the actor's thread, one after the other; a person's editor is not waited for.
  private func addAttribute(_ attribute: String, to pattern: String) throws {
    let old = try attributes()
    var new = old
    new.add(attribute, to: pattern)
    if new.bytes == old.bytes { return }
    let folder = "\(commonDirectory)/info"
    guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
      throw SystemError("make", path: folder, code: errno)
    }
    try FileReplacement.replace(attributesFile, with: new.bytes, mode: 0o644)
  }

  private var attributesFile: String { "\(commonDirectory)/info/attributes" }

  private func attributes() throws(GitError) -> AttributesText {
    guard mayExist(attributesFile) else { return AttributesText([]) }
    do {
      return AttributesText(Array(try Data(contentsOf: URL(filePath: attributesFile))))
    } catch {
      throw GitError(.unreadable, "\(attributesFile) can't be read")
    }
  }
}
