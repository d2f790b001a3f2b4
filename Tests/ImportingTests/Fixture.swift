import FoundationEssentials
import Glibc
import Importing
import Model
import TestSupport
import YAML

let one = digest(0x11)
let two = digest(0x22)
let three = digest(0x33)

/// The folder of public data beside the repository's root: not part of a clone.
enum SharedData {
  /// `$TAGKEEPER_SHARED_DATA`, else `../shared/data` beside the repository's root.
  static let imageInfo: String = {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let folder = getenv("TAGKEEPER_SHARED_DATA").map { String(cString: $0) } ?? "/\(root)/../shared/data"
    return "\(folder)/image-info.json"
  }()

  static var isPresent: Bool { access(imageInfo, R_OK) == 0 }
  static let absence =
    "the shared data are not here: the import of image-info.json is skipped, in CI too; TAGKEEPER_SHARED_DATA names their folder"
}

extension ImportedState {
  /// `repository/image sha256:…` a line; the diagnostics where there is no state.
  var text: String {
    guard let state else { return diagnostics.map(\.description).joined(separator: "\n") }
    return state.entries.map { "\($0.key) \($0.digest.short)" }.joined(separator: "\n")
  }
}
