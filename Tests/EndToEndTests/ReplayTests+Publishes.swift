import FoundationEssentials
import Glibc
import Model
import TestSupport

/// The folder of public data beside the repository's root: not part of a clone.
enum SharedData {
  /// `$TAGKEEPER_SHARED_DATA`, else `../shared/data` beside the repository's root.
  static let folder: String = {
    if let given = getenv("TAGKEEPER_SHARED_DATA") { return String(cString: given) }
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(root)/../shared/data"
  }()

  static var isPresent: Bool { access(Publish.file, R_OK) == 0 }
  static let absence =
    "the shared data are not here: the replay of real publishes is skipped, in CI too; TAGKEEPER_SHARED_DATA names their folder"
}

/// One publish of the .NET build images' `production` branch (shared/data/README.md), with the state after it.
struct Publish {
  static let file = "\(SharedData.folder)/prereqs-production-history.jsonl"

  /// The line of the file, from one.
  let number: Int
  let commit: String
  let time: String
  /// Every tag after this publish: the digests are the real ones.
  let tags: [TagReference: Digest]

  /// All of them, oldest first.
  /// - Throws: where a line is malformed, or its own count of tags is another one.
  static func all() throws -> [Publish] {
    var tags: [TagReference: Digest] = [:]
    return try Data(contentsOf: URL(filePath: file)).split(separator: UInt8(ascii: "\n")).enumerated().map {
      let line = try JSONDecoder().decode(Line.self, from: Data($1))
      for name in line.rem { tags[try reference(name)] = nil }
      for (name, digest) in line.add.merging(line.chg, uniquingKeysWith: { $1 }) {
        tags[try reference(name)] = try Digest(digest)
      }
      guard tags.count == line.n else { throw Miscounted(number: $0 + 1, tags: tags.count, stated: line.n) }
      return Publish(number: $0 + 1, commit: line.c, time: line.t, tags: tags)
    }
  }

  private struct Line: Decodable {
    let c: String
    let t: String
    let n: Int
    let add: [String: String]
    let chg: [String: String]
    let rem: [String]
  }

  private struct Miscounted: Error {
    let number: Int
    let tags: Int
    let stated: Int
  }
}
