import FoundationEssentials
import LinuxSystem
import StateFile

extension StateText {
  /// The file at `path`, or the `*.yaml` of the folder there, ascending by name.
  /// - Throws: `CommandFailure`.
  static func files(at path: String) throws(CommandFailure) -> [StateText] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CommandFailure("\(path): no such file or folder: check the path")
    }
    guard isFolder else { return [try file(at: path)] }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter {
      $0.hasSuffix(".yaml")
    }
    guard !names.isEmpty else { throw CommandFailure("\(path): there is no *.yaml in this folder") }
    return try names.sorted().map { name throws(CommandFailure) in try file(at: "\(path)/\(name)") }
  }

  /// The file at `path`, which need not hold a state: the records that `import` reads are taken so too.
  /// - Throws: `CommandFailure`.
  static func file(at path: String) throws(CommandFailure) -> StateText {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandFailure("\(path) can't be read: check the path and its mode")
    }
    return StateText(path: path, bytes: Array(bytes))
  }

  /// Makes the folder of the file that is to be at `path`, with those above it, where it is missing.
  /// - Throws: `CommandFailure`.
  static func makeFolder(of path: String) throws(CommandFailure) {
    let folder = URL(filePath: path).deletingLastPathComponent().relativePath
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(
        "the folder \(folder) can't be made: check the path, and who owns the folder above it")
    }
  }

  /// Replaces the file whole, with the mode that it has.
  /// - Throws: `CommandFailure`; then the file is as it was.
  func save() throws(CommandFailure) {
    do { try FileReplacement.replace(path, with: bytes, mode: 0o644) } catch {
      throw CommandFailure(error)
    }
  }
}
