import FoundationEssentials
import Synchronization

/// A folder of one test, removed at its end.
package struct TemporaryDirectory: Sendable {
  /// Absolute, without symbolic links, without a `/` at its end.
  package let path: String
  private let endings = Endings()

  fileprivate init(path: String) { self.path = path }

  /// Calls `body` when the test is over, before the folder is removed.
  package func atEnd(_ body: @escaping @Sendable () -> Void) { endings.add(body) }

  fileprivate func end() { endings.run() }

  private final class Endings: Sendable {
    private let bodies = Mutex<[@Sendable () -> Void]>([])

    func add(_ body: @escaping @Sendable () -> Void) { bodies.withLock { $0.append(body) } }
    func run() { for body in bodies.withLock({ $0 }) { body() } }
  }

  /// The path of `name` within.
  package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes `text` to the file `name`, and makes the folders that it needs. Returns its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    let file = self(name)
    try FileManager.default.createDirectory(
      atPath: String(file[..<file.lastIndex(of: "/")!]), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: file))
    return file
  }

  /// The text of the file `name`.
  package func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: self(name))), as: UTF8.self)
  }

  package func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self(name)) }

  /// Removes the file or folder `name`.
  package func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self(name)) }
}

/// Calls `body` with a new empty folder, and removes it afterwards with all that it then holds.
package func withTemporaryDirectory<Value>(
  isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryDirectory) async throws -> Value
) async throws -> Value {
  let parent = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
  let path = "\(parent)/tagkeeper-test-\(UUID().uuidString.prefix(13))"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  let folder = TemporaryDirectory(path: path)
  defer { folder.end() }
  return try await body(folder)
}
