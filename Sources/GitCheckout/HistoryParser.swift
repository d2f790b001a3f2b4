import LinuxSystem
import Model

/// Reads what `git log -z --raw` with `format` prints, commit by commit: fields that NUL ends, the message
/// last, then for each changed path `:oldmode newmode oldid newid status` and the path (git-diff(1), "Raw
/// output format").
struct HistoryParser {
  /// The output ends within a commit.
  struct Truncated: Error {}

  /// A byte that no other field starts with, id, parents, author's name, committer's time, message.
  static let format = "tformat:%x01%H%x00%P%x00%an%x00%ct%x00%B"

  private let conversation: ProcessConversation
  private let timeout: Duration
  /// The field that starts the next commit, once it was read.
  private var next: [UInt8]?

  init(_ conversation: ProcessConversation, timeout: Duration) {
    self.conversation = conversation
    self.timeout = timeout
  }

  /// Nil at the end of the output.
  /// - Throws: `ChildProcessError`; `Truncated`; `GitError.unreadable` for what is no such output.
  mutating func commit() throws -> HistoryCommit? {
    guard let start = try next ?? field() else { return nil }
    next = nil
    guard start.first == 1 else { throw unexpected(start) }
    var texts: [String] = []
    for _ in 0..<4 {
      guard let field = try field() else { throw Truncated() }
      texts.append(String(decoding: field, as: UTF8.self))
    }
    guard let time = Self.time(texts[2]) else { throw unexpected(Array(texts[2].utf8)) }
    return HistoryCommit(
      id: try CommitID(String(decoding: start.dropFirst(), as: UTF8.self)),
      parents: try texts[0].split(separator: " ").map { try CommitID($0) },
      authorName: texts[1], time: time, message: texts[3],
      changes: try changes())
  }

  /// Seconds, which git prints as they stand in the commit, however many digits they have. A commit without a date has
  /// none, and is one of 1970, as git itself takes it.
  private static func time(_ text: String) -> Timestamp? {
    guard text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
    return Timestamp(seconds: text.isEmpty ? 0 : Int64(text) ?? .max)
  }

  private mutating func changes() throws -> [HistoryCommit.Change] {
    var changes: [HistoryCommit.Change] = []
    while let field = try field() {
      let entry = field.first == UInt8(ascii: "\n") ? field.dropFirst() : field[...]
      guard entry.first == UInt8(ascii: ":") else {
        next = field
        break
      }
      let words = String(decoding: entry, as: UTF8.self).split(separator: " ")
      guard words.count == 5, let path = try self.field() else { throw Truncated() }
      let isFile = words[1].hasPrefix("100")
      changes.append(
        .init(
          path: String(decoding: path, as: UTF8.self), blob: isFile ? BlobID(hex: String(words[3])) : nil))
    }
    return changes.sorted { $0.path < $1.path }
  }

  /// The time starts anew with each field: a long history takes long, a hung git says nothing.
  private func field() throws -> [UInt8]? {
    conversation.allow(timeout)
    do throws(ChildProcessError) {
      return try conversation.read(through: 0)
    } catch {
      throw error.code == .ended ? Truncated() : error
    }
  }

  private func unexpected(_ field: [UInt8]) -> GitError {
    let text = String(decoding: field.prefix(80), as: UTF8.self)
    return GitError(.unreadable, "git log printed something unexpected: \(text.debugDescription)")
  }
}
