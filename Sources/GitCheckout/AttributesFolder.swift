import FoundationEssentials
import LinuxSystem

/// A working tree that has a tree's `.gitattributes` (gitattributes(5)) and nothing else, for a git that
/// reads them from a working tree alone, as merge-tree does before `--attr-source` of 2.41.
struct AttributesFolder: Sendable {
  private let folder: TemporaryFolder

  var path: String { folder.path }

  /// Blocks.
  /// - Throws: `SystemError`.
  fileprivate init() throws(SystemError) { folder = try TemporaryFolder(for: "merge") }

  fileprivate func write(_ bytes: [UInt8], to file: TreePath) throws {
    let folder = "\(path)/\(file.prefix(file.names.count - 1))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: "\(path)/\(file)"))
  }

  fileprivate func remove() { folder.remove() }

  /// Removes it on the thread of `repository`.
  func remove(on repository: isolated GitRepository) { remove() }
}

extension GitRepository {
  /// The `.gitattributes` of `tree`, as in a checkout. Symbolic links are left out, as git does not follow
  /// them (gitattributes(5), "Notes").
  nonisolated func copyAttributes(of tree: TreeID) async throws -> AttributesFolder {
    let listing = try await run(["ls-tree", "-r", "-z", "--full-tree", tree.description])
    guard listing.termination.isSuccess else {
      throw GitError(.unreadable, "\(path): tree \(tree): \(listing.errorOutput.complaints)")
    }
    return try await copy(Self.attributesFiles(listing.output))
  }

  /// Of lines `mode type id<tab>path` (git-ls-tree(1)).
  private static func attributesFiles(_ listing: [UInt8]) -> [(path: TreePath, blob: BlobID)] {
    listing.split(separator: 0).compactMap { line in
      guard line.starts(with: "100".utf8), line.suffix(14).elementsEqual(".gitattributes".utf8) else {
        return nil
      }
      let parts = String(decoding: line, as: UTF8.self).split(separator: "\t", maxSplits: 1)
      guard parts.count == 2, let path = try? TreePath(String(parts[1])), path.names.last == ".gitattributes",
        let id = parts[0].split(separator: " ").last
      else { return nil }
      return (path, BlobID(hex: String(id)))
    }
  }

  private func copy(_ files: [(path: TreePath, blob: BlobID)]) throws -> AttributesFolder {
    let folder = try AttributesFolder()
    do {
      for file in files {
        try folder.write(try contents(of: file.blob, named: file.path.description), to: file.path)
      }
    } catch let error as GitError {
      folder.remove()
      throw error
    } catch {
      folder.remove()
      throw GitError(.unreadable, "\(folder.path): the attributes can't be written there: \(error)")
    }
    return folder
  }
}
