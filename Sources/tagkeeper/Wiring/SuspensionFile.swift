import FoundationEssentials
import Glibc
import JSONOutput
import LinuxSystem
import Model
import Reconciler

/// Suspensions as a small file in the state directory, which `tagkeeper suspend` and `resume` write and the daemon reads.
struct SuspensionFile: SuspensionBox {
  static let name = "suspensions.json"
  /// Some 100 bytes a suspension.
  private static let limit = 4 << 20

  let directory: String
  /// A writer made the directory: where it is gone, nothing is known.
  var isHeld = false

  private var path: String { "\(directory)/\(Self.name)" }

  func suspensions() async -> SuspensionReading {
    do { return .known(try read()) } catch {
      return .unknown("what is suspended is not known: \(error)")
    }
  }

  /// - Throws: `CommandFailure` naming what can't be read.
  func read() throws(CommandFailure) -> [Suspension] {
    let content: FileContent
    do { content = try FileContent(path, limit: Self.limit) } catch {
      guard error.code == ENOENT, !isHeld || FileStamp("\(directory)/lock") != nil else {
        throw CommandFailure(error)
      }
      return []
    }
    do {
      let records = try JSONDecoder().decode([Record].self, from: Data(content.bytes))
      return try records.map { try $0.suspension }
    } catch {
      throw CommandFailure(
        "\(path) is not what tagkeeper suspend writes: remove it, and suspend anew what is to be left")
    }
  }

  private func lock() throws(CommandFailure) -> FolderLock {
    do { return try FolderLock(directory) } catch { throw CommandFailure(error) }
  }

  /// Replaces what there is by what `change` makes of it, with nobody else in between.
  /// - Throws: `CommandFailure`.
  func update(_ change: ([Suspension]) throws(CommandFailure) -> [Suspension]) throws(CommandFailure) {
    let lock = try lock()
    defer { withExtendedLifetime(lock) {} }
    let suspensions = try change(read())
    var json = JSONWriter()
    json.array(suspensions) { json, suspension in json.object { suspension.writeMembers(to: &$0) } }
    // Readable by all: whoever suspends need not be the user that the daemon runs as.
    do { try FileReplacement.replace(path, with: json.bytes + [UInt8(ascii: "\n")], mode: 0o644) } catch {
      throw CommandFailure(error)
    }
  }
}

private struct Record: Decodable {
  var channel, repository, image, until: String?
  var reason, author, since: String

  var suspension: Suspension {
    get throws {
      var key: ImageKey?
      if let repository, let image { key = ImageKey(try RepositoryName(repository), try ImageName(image)) }
      return Suspension(
        channel: channel, image: key, reason: reason, author: author, since: try Timestamp(since),
        until: try until.map { try Timestamp($0) })
    }
  }
}
