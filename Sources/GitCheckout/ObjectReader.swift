import LinuxSystem

/// What git says of an object.
struct ObjectInfo: Hashable {
  let id: String
  let type: String
  /// In bytes.
  let size: Int
}

/// One `git cat-file --batch-command` (git-cat-file(1)), kept open: an answer takes some 40 µs. It blocks:
/// for a `WorkerThread`.
final class ObjectReader {
  private let conversation: ProcessConversation
  private let timeout: Duration
  /// Monotonic.
  let started: Duration

  /// - Throws: `GitError`.
  init(_ program: GitProgram, in path: String, now: Duration) throws(GitError) {
    timeout = program.timeout
    started = now
    do throws(ChildProcessError) {
      // Old packs stay mapped: without the limit it grew to 117 MiB.
      conversation = try ProcessConversation(
        program.command(in: path, ["-c", "core.deltaBaseCacheLimit=1m", "cat-file", "--batch-command"]))
    } catch {
      throw GitError(error)
    }
  }

  /// Nil where git has no such object or ref, as far as this process can see.
  /// - Throws: `GitError.unreadable`.
  func info(_ name: String) throws(GitError) -> ObjectInfo? {
    try ask("info", name)
  }

  /// All the bytes of an object.
  /// - Throws: `GitError.unreadable`.
  func contents(_ name: String) throws(GitError) -> [UInt8]? {
    guard let info = try ask("contents", name) else { return nil }
    return try mapped { () throws(ChildProcessError) in
      var bytes = try conversation.read(count: info.size + 1)
      bytes.removeLast()
      return bytes
    }
  }

  private func ask(_ question: String, _ name: String) throws(GitError) -> ObjectInfo? {
    let line = try mapped { () throws(ChildProcessError) in
      conversation.allow(timeout)
      conversation.send("\(question) \(name)\n".utf8)
      return try conversation.read(through: UInt8(ascii: "\n"), limit: 1 << 20)
    }
    guard let line else {
      let complaints = conversation.errorOutput.complaints
      throw GitError(.unreadable, "git cat-file ended at \(question) \(name): \(complaints)")
    }
    let answer = String(decoding: line, as: UTF8.self)
    if answer == "\(name) missing" { return nil }
    let words = answer.split(separator: " ")
    guard words.count == 3, let size = Int(words[2]) else {
      let said = answer + String(decoding: conversation.errorOutput, as: UTF8.self)
      throw GitError(.unreadable, "git cat-file: \(question) \(name): answered \(said.debugDescription)")
    }
    return ObjectInfo(id: String(words[0]), type: String(words[1]), size: size)
  }

  private func mapped<Value>(_ body: () throws(ChildProcessError) -> Value) throws(GitError) -> Value {
    do throws(ChildProcessError) { return try body() } catch { throw GitError(error) }
  }
}
