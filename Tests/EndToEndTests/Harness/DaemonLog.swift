import FoundationEssentials
import Glibc

/// What a daemon logs with `--log-format json`, read on from where the last reading ended.
final class DaemonLog {
  struct Line: Decodable {
    let level: String
    let event: String
    let message: String
    let commit: String?
    let tag: String?
    let action: String?
    let reason: String?
    let outcome: String?
  }

  private let path: String
  private var position = 0
  /// A line that has not ended yet.
  private var torn: [UInt8] = []

  init(_ path: String) { self.path = path }

  /// The lines since the last call; none where there is no file yet.
  func newLines() throws -> [Line] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = pread(descriptor, &buffer, buffer.count, position), count > 0 {
      position += count
      torn += buffer[..<count]
    }
    guard let end = torn.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let lines = torn[..<end].split(separator: UInt8(ascii: "\n"))
    torn.removeSubrange(...end)
    return try lines.map { try JSONDecoder().decode(Line.self, from: Data($0)) }
  }
}
