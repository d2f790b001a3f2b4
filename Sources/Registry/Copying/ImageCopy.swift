import Model
import Synchronization

/// One image on its way from one repository to another.
struct ImageCopy: Sendable {
  private let copier: Copier
  private let tree: ImageTree
  private let source: any ContentSource
  private let place: RepositoryName
  private let repository: RepositoryName
  private let progress: CopyProgress

  init(
    _ copier: Copier, _ tree: ImageTree, from source: any ContentSource, _ place: RepositoryName,
    to repository: RepositoryName, _ progress: CopyProgress
  ) {
    self.copier = copier
    self.tree = tree
    self.source = source
    self.place = place
    self.repository = repository
    self.progress = progress
  }

  private var target: any ContentTarget { copier.target }

  /// Blobs, then manifests, each behind its children, its referrers and what lists them: the image itself comes last.
  /// - Returns: How many bytes of blobs were sent.
  func run() async throws(RegistryError) -> Int {
    let sent = try await tree.blobs.concurrentlyMapped(atOnce: Copier.blobsAtOnce) {
      blob throws(RegistryError) in try await copy(blob)
    }
    var unlisted: Set<Digest> = []
    for digest in tree.order {
      guard let node = tree.nodes[digest] else { continue }
      let entries = node.referrers.filter { unlisted.contains($0.descriptor.digest) }
      if !entries.isEmpty { try await list(entries, of: digest) }
      for (tag, attached) in node.attachments.sorted(by: { $0.key < $1.key }) {
        try await attach(attached, as: tag)
      }
      if try await !push(digest) { unlisted.insert(digest) }
    }
    return sent.reduce(0, +)
  }

  /// - Parameter isFresh: Whether the target is not to be asked, nor believed, that it has the blob or took it over.
  /// - Returns: How many bytes were sent for this.
  private func copy(_ blob: Descriptor, isFresh: Bool = false) async throws(RegistryError) -> Int {
    let counter = BlobCounter(isFresh ? nil : progress)
    // Of this copy: whoever finds the blob sent by another's sends nothing.
    let sent = Atomic(0)
    _ = try await copier.work.value(of: key(.blob, blob.digest), isFresh: isFresh) {
      [self] () throws(RegistryError) in
      if !isFresh, try await target.hasBlob(blob.digest, in: repository) { return 0 }
      let mayMount = !isFresh && source.storeName == target.storeName
      let bytes = try await target.push(blob, to: repository, mounting: mayMount ? place : nil) {
        () throws(RegistryError) in
        CountedBytes(try await source.blob(blob, in: place), counter)
      }
      sent.store(bytes, ordering: .relaxed)
      return bytes
    }
    counter.finish(blob.size)
    return sent.load(ordering: .relaxed)
  }

  /// - Returns: Whether the target itself lists the manifest among what refers to its subject.
  private func push(_ digest: Digest, isFresh: Bool = false) async throws(RegistryError) -> Bool {
    guard let node = tree.nodes[digest] else { return true }
    let lists = try await copier.work.value(of: key(.manifest, digest), isFresh: isFresh) {
      [self] () throws(RegistryError) in
      do throws(RegistryError) {
        return try await target.push(node.manifest, as: .digest(digest), to: repository) ? 1 : 0
      } catch {
        guard error.kind == .missingContent else { throw error }
      }
      // The target collected what it had a moment ago.
      for child in node.content.children { _ = try await push(child.digest, isFresh: true) }
      for blob in node.content.blobs { _ = try await copy(blob, isFresh: true) }
      return try await target.push(node.manifest, as: .digest(digest), to: repository) ? 1 : 0
    }
    return lists == 1
  }

  /// Adds `entries` to the tag by which the referrers of `subject` are listed, and takes none away (OCI
  /// distribution-spec, "Pushing Manifests with Subject").
  private func list(_ entries: [ImageIndex.Entry], of subject: Digest) async throws(RegistryError) {
    try await copier.referrersTags.run { [self] () throws(RegistryError) in
      var index = try await target.referrersByTag(of: subject, in: repository) ?? ImageIndex()
      let listed = Set(index.entries.map(\.descriptor.digest))
      let new = entries.filter { !listed.contains($0.descriptor.digest) }
      guard !new.isEmpty else { return }
      index.entries += new
      let manifest = Manifest(bytes: index.bytes, mediaType: .ociIndex)
      _ = try await target.push(manifest, as: .tag(subject.referrersTag), to: repository)
    }
  }

  /// A tag that is there already stays as it is: its signatures may be others. It is read, for an absence that is told
  /// without a body could be anybody's.
  private func attach(_ digest: Digest, as tag: TagName) async throws(RegistryError) {
    guard let node = tree.nodes[digest], try await target.get(.tag(tag), in: repository) == nil else {
      return
    }
    _ = try await target.push(node.manifest, as: .tag(tag), to: repository)
  }

  private func key(_ kind: SharedWork.Key.Kind, _ digest: Digest) -> SharedWork.Key {
    SharedWork.Key(kind: kind, repository: repository, digest: digest, source: source.place(place))
  }
}
