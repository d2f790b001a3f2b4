import Glibc
import LinuxSystem
import Model

/// One repository's layout: its paths, and what stands there. Every function blocks.
struct LayoutFolder: Sendable {
  let root: String
  let repository: RepositoryName
  let path: String

  /// - Throws: `RegistryError` for a name whose folder would lie within another repository's layout.
  init(root: String, repository: RepositoryName) throws(RegistryError) {
    for component in repository.description.split(separator: "/")
    where ["blobs", "index.json", "oci-layout"].contains(component) {
      throw RegistryError(
        .rejected,
        "oci:\(root)//\(repository): a layout can't hold a repository with \(String(component).quoted) in its name, "
          + "which is a part of layouts themselves; use another name, or a registry")
    }
    self.root = root
    self.repository = repository
    path = "\(root)/\(repository)"
  }

  /// As a channel's `sources` name it.
  var name: String { "oci:\(root)//\(repository)" }
  var indexPath: String { "\(path)/index.json" }
  var versionPath: String { "\(path)/oci-layout" }
  var blobsPath: String { "\(path)/blobs/sha256" }
  func blobPath(_ digest: Digest) -> String { "\(blobsPath)/\(digest.hex)" }

  /// False where the repository has no layout yet.
  /// - Throws: `RegistryError` where that can't be said: the folder of all layouts is not there, can't be read, or what
  ///   stands there is no layout that is known.
  func exists() throws(RegistryError) -> Bool {
    try requireRoot()
    let hasVersion = try isFile(versionPath)
    guard try isFile(indexPath) else {
      guard hasVersion else { return false }
      throw RegistryError(
        .unexpected,
        "\(name) has lost its index.json; restore it: nothing is changed in this repository meanwhile")
    }
    // Without a version, whoever made the layout was ended just before the last step.
    guard hasVersion else { return true }
    let version = LayoutVersion(json: try read(versionPath, atMost: 1 << 16).bytes)?.imageLayoutVersion
    guard let version, version.hasPrefix("1.") else {
      throw RegistryError(.unexpected, "\(versionPath) names no version that is known; it should be 1.0.0")
    }
    return true
  }

  private struct LayoutVersion: Decodable { let imageLayoutVersion: String }

  private func requireRoot() throws(RegistryError) {
    var status = stat()
    guard stat(root, &status) == 0 else {
      let error = SystemError("look at", path: root, code: errno)
      throw RegistryError(
        .transport,
        error.code == ENOENT
          ? "there is no folder \(root); create it, or mount what it is on" : error.description)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw RegistryError(.unexpected, "\(root) is no folder; name the one that holds the layouts")
    }
  }

  /// False only where nothing is there.
  func isFile(_ path: String) throws(RegistryError) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return false }
      throw RegistryError(.transport, "\(SystemError("look at", path: path, code: errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RegistryError(.unexpected, "\(path) is no file")
    }
    return true
  }

  /// Whether the repository has content of that digest, tagged or not.
  /// - Throws: `RegistryError` as `exists()` does: where the tags can't be read, no content is missing.
  func holds(_ digest: Digest) throws(RegistryError) -> Bool {
    _ = try exists()
    return try hasBlob(digest)
  }

  func hasBlob(_ digest: Digest) throws(RegistryError) -> Bool { try isFile(blobPath(digest)) }

  /// A whole file.
  /// - Throws: `RegistryError` where it can't be read, or is larger.
  func read(_ path: String, atMost limit: Int) throws(RegistryError) -> FileContent {
    do throws(SystemError) { return try FileContent(path, limit: limit) } catch {
      throw RegistryError(.transport, error.description)
    }
  }

  /// The same, checked by SHA-256.
  func read(_ path: String, atMost limit: Int, as digest: Digest) throws(RegistryError) -> [UInt8] {
    let bytes = try read(path, atMost: limit).bytes
    let actual = sha256(bytes)
    guard actual == digest else {
      throw RegistryError(
        .unexpectedDigest, "\(path) hashes to \(actual); remove the file, and copy the image there again")
    }
    return bytes
  }
}
