import Glibc
import LinuxSystem

/// The hash of a repository's object ids (gitformat-pack(5), extensions.objectFormat).
package enum ObjectFormat: String, Hashable, Sendable {
  case sha1, sha256

  /// Of an id in a tree object, in bytes.
  var idLength: Int { self == .sha1 ? 20 : 32 }
}

/// Where git found a repository, and of what kind it is.
struct Location: Hashable {
  let commonDirectory: String
  let objectFormat: ObjectFormat
  let isPartial: Bool
  /// Of the common directory.
  let identity: FileIdentity

  /// Read anew each time: a fetch can change it.
  var isShallow: Bool {
    var status = stat()
    return stat("\(commonDirectory)/shallow", &status) == 0 && status.st_size > 0
  }

  /// Blocks.
  /// - Parameter version: For messages; nil to ask git.
  /// - Throws: `GitError`.
  static func find(_ path: String, with program: GitProgram, version: GitVersion?) throws(GitError)
    -> Location
  {
    let arguments = ["rev-parse", "--show-object-format", "--path-format=absolute", "--git-common-dir"]
    let done = try program.run(in: path, arguments)
    guard done.termination.isSuccess else {
      let known = if let version { version } else { try program.checkVersion() }
      throw failure(done, path, known)
    }
    let lines = done.outputText.split(separator: "\n", maxSplits: 1)
    guard lines.count == 2, let format = ObjectFormat(rawValue: String(lines[0])) else {
      throw GitError(
        .unsupportedFormat, "\(path): git rev-parse said \(done.outputText.debugDescription)")
    }
    let common = String(lines[1])
    let isPartial = try isPartial(path, program)
    do throws(SystemError) {
      return Location(
        commonDirectory: common, objectFormat: format, isPartial: isPartial,
        identity: try FileIdentity(common))
    } catch {
      throw GitError(.unreadable, "\(path): \(error)")
    }
  }

  /// git-config(1), remote.<name>.promisor, and extensions.partialClone of older clones.
  private static func isPartial(_ path: String, _ program: GitProgram) throws(GitError) -> Bool {
    let pattern = #"^(extensions\.partialclone|remote\..*\.promisor)$"#
    return try program.run(in: path, ["config", "--get-regexp", pattern]).termination.isSuccess
  }

  private static func failure(_ done: CompletedProcess, _ path: String, _ version: GitVersion) -> GitError {
    let said = done.errorText
    if said.contains("dubious ownership") {
      return GitError(.unsafeOwnership, "\(path): git refuses to read another user's repository: \(said)")
    }
    if said.contains("refstorage") || said.contains("reftable") {
      return GitError(
        .unsupportedFormat, "\(path): git \(version) can't read a repository with reftable refs",
        remedy: "install git 2.45 or newer, or run git refs migrate --ref-format=files there")
    }
    if said.contains("repository extension") || said.contains("repo version") {
      return GitError(
        .unsupportedFormat, "\(path): git \(version) can't read this repository: \(said)",
        remedy: "install a newer git")
    }
    if said.contains("not a git repository") || said.contains("cannot change to") {
      return GitError(
        .notARepository, "\(path): is not a git repository",
        remedy: "set checkout: to the top of a git checkout, or to a bare repository, on this machine")
    }
    return GitError(.unreadable, "\(path): \(done.command): \(done.termination): \(said)")
  }
}
