import LinuxSystem
import Model
import Synchronization

/// The `index.json` of each repository, read and written on a thread of its own.
actor LayoutIndexes {
  /// One whole reading of a file.
  struct Reading {
    let index: ImageIndex
    let digests: [TagName: Digest]

    fileprivate init(_ index: ImageIndex) {
      self.index = index
      // The first of a name counts, as for `skopeo`.
      digests = Dictionary(
        index.entries.lazy.compactMap { entry in entry.tag.map { ($0, entry.descriptor.digest) } },
        uniquingKeysWith: { first, _ in first })
    }
  }

  typealias Edit = @Sendable (inout ImageIndex) -> Void

  /// Changes of one repository that are written at once: each costs a rewriting of the file otherwise.
  private final class Batch: Sendable {
    let edits = Mutex<[Edit]>([])
    let outcome = Mutex<Result<Void, RegistryError>?>(nil)
  }

  private let root: String
  private let worker: WorkerThread
  private var readings: [RepositoryName: (stamp: FileStamp, reading: Reading)] = [:]
  /// Those whose abandoned files this process has removed.
  private var tidied: Set<RepositoryName> = []
  private nonisolated let waiting = Mutex<[RepositoryName: Batch]>([:])

  nonisolated var unownedExecutor: UnownedSerialExecutor { worker.executor }

  /// - Throws: `SystemError` where the system allows no further thread.
  init(root: String) throws(SystemError) {
    self.root = root
    worker = try WorkerThread(named: "layout tags")
  }

  /// What `repository` has now; nil where it has no layout.
  /// - Throws: `RegistryError` where it can't be read or is no index: nothing is known of any tag then.
  func reading(of repository: RepositoryName) throws(RegistryError) -> Reading? {
    try read(try LayoutFolder(root: root, repository: repository))
  }

  /// The digest of each tag whose manifest is there; nil for an absent one.
  func digests(of tags: [TagReference]) -> [TagReference: Result<Digest?, RegistryError>] {
    var answers: [TagReference: Result<Digest?, RegistryError>] = [:]
    for (repository, tags) in Dictionary(grouping: tags, by: \.repository) {
      do throws(RegistryError) {
        let folder = try LayoutFolder(root: root, repository: repository)
        let reading = try read(folder)
        for tag in tags {
          let digest = reading?.digests[tag.tag]
          // A registry answers 404 to a tag whose manifest is gone.
          answers[tag] = .success(
            try digest.flatMap { d throws(RegistryError) in try folder.hasBlob(d) ? d : nil })
        }
      } catch {
        for tag in tags { answers[tag] = .failure(error) }
      }
    }
    return answers
  }

  private func read(_ folder: LayoutFolder) throws(RegistryError) -> Reading? {
    guard try folder.exists() else { return nil }
    if let known = readings[folder.repository], known.stamp == FileStamp(folder.indexPath) {
      return known.reading
    }
    let content = try folder.read(folder.indexPath, atMost: 256 << 20)
    guard let index = ImageIndex(json: content.bytes) else {
      throw RegistryError(
        .unexpected,
        "\(folder.indexPath) is no image index; restore it: nothing is changed in this repository meanwhile")
    }
    let reading = Reading(index)
    readings[folder.repository] = (content.stamp, reading)
    return reading
  }

  // MARK: Writing

  /// Changes the index of `repository`, under its lock. Whoever comes while it is being written shares the next writing.
  /// - Throws: `RegistryError`; then none of those that shared it was made.
  nonisolated func edit(
    _ repository: RepositoryName, _ edit: @escaping Edit
  ) async throws(RegistryError) {
    let batch = waiting.withLock { waiting in
      let batch = waiting[repository] ?? Batch()
      waiting[repository] = batch
      batch.edits.withLock { $0.append(edit) }
      return batch
    }
    try await write(batch, to: repository)
  }

  private func write(_ batch: Batch, to repository: RepositoryName) throws(RegistryError) {
    if let outcome = batch.outcome.withLock({ $0 }) { return try outcome.get() }
    let edits = waiting.withLock { waiting in
      waiting[repository] = nil
      return batch.edits.withLock { $0 }
    }
    do throws(RegistryError) {
      try write(edits, to: try LayoutFolder(root: root, repository: repository))
      batch.outcome.withLock { $0 = .success(()) }
    } catch {
      batch.outcome.withLock { $0 = .failure(error) }
      throw error
    }
  }

  private func write(_ edits: [Edit], to folder: LayoutFolder) throws(RegistryError) {
    try folder.createFolders()
    let lock = try folder.lock()
    defer { withExtendedLifetime(lock) {} }
    tidy(folder)
    var index = try read(folder)?.index ?? ImageIndex()
    for edit in edits { edit(&index) }
    try folder.replace(folder.indexPath, with: index.bytes)
    try folder.complete()
  }

  /// Makes room for what is to be written to `repository`, once a process: a copy that was killed may have left gigabytes.
  /// Where that can't be done the writing itself says why.
  func tidy(_ repository: RepositoryName) {
    guard !tidied.contains(repository) else { return }
    do throws(RegistryError) {
      let folder = try LayoutFolder(root: root, repository: repository)
      let lock = try folder.lock()
      defer { withExtendedLifetime(lock) {} }
      tidy(folder)
    } catch {}
  }

  private func tidy(_ folder: LayoutFolder) {
    if tidied.insert(folder.repository).inserted { folder.removeAbandoned() }
  }
}

extension ImageIndex.Entry {
  /// OCI image-spec, "Annotations": the tag, within a layout.
  static var tagAnnotation: String { "org.opencontainers.image.ref.name" }

  /// Nil where the entry has no name, or one that is no tag.
  var tag: TagName? { annotation(Self.tagAnnotation).flatMap { try? TagName($0) } }
}
