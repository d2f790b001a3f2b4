import Glibc
import LinuxSystem

/// The folders of a common directory in which a change of some refs shows, and the names there that matter.
struct RefFolders: Hashable {
  /// Per folder; nil for every name.
  private(set) var names: [String: Set<String>?] = [:]

  /// - Parameter refs: Full names; what a symbolic one stands for is followed.
  init(of refs: [String], in commonDirectory: String) {
    add("packed-refs", in: commonDirectory)
    add("reftable", in: commonDirectory)
    names["\(commonDirectory)/reftable"] = .some(nil)
    for ref in refs { add(ref, commonDirectory, depth: 0) }
  }

  /// Whether the entry `name` of `folder` can mean a change of one of the refs.
  func matters(_ name: String, in folder: String) -> Bool {
    guard let names = names[folder] else { return false }
    return names?.contains(name) ?? true
  }

  private mutating func add(_ ref: String, _ commonDirectory: String, depth: Int) {
    var folder = commonDirectory
    for component in ref.split(separator: "/") {
      add(String(component), in: folder)
      folder += "/\(component)"
    }
    // Git follows five (refs.h, SYMREF_MAXDEPTH).
    if depth < 5, let target = Self.target(ofSymbolicRefAt: folder) {
      add(target, commonDirectory, depth: depth + 1)
    }
  }

  private mutating func add(_ name: String, in folder: String) {
    var known = (names[folder] ?? []) ?? []
    known.insert(name)
    names[folder] = known
  }

  /// `ref: refs/heads/main` (gitrepository-layout(5), `HEAD`).
  private static func target(ofSymbolicRefAt file: String) -> String? {
    guard let descriptor = try? FileDescriptor.open(file, O_RDONLY | O_NONBLOCK),
      let bytes = try? descriptor.read(atMost: 4096)
    else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix("ref: refs/"), !text.contains("..") else { return nil }
    return text.dropFirst(5).split(separator: "\n").first.map { String($0) }
  }
}
