import FoundationEssentials
import Glibc
import LinuxSystem

/// A folder of this process's own, of mode 0700, for one task (mkdtemp(3)). Blocks.
struct TemporaryFolder: Sendable {
  let path: String

  /// - Parameter purpose: Part of its name: `merge`.
  /// - Throws: `SystemError`.
  init(for purpose: String) throws(SystemError) {
    let parent = FileManager.default.temporaryDirectory.path
    let toBeChosen = String(repeating: "X", count: 6)  // by mkdtemp(3)
    var template = Array("\(parent)/tagkeeper-\(purpose)-\(toBeChosen)".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw SystemError("make a folder in", path: parent, code: errno)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// With all that it holds.
  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
