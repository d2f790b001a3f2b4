import HTTPClient
import Model
import Synchronization
import TestSupport

@testable import Registry

extension ContentTarget {
  /// Stores a blob of `text`.
  func push(_ text: String, type: String, to repository: RepositoryName) async throws -> Descriptor {
    let bytes = Array(text.utf8)
    let blob = Descriptor(mediaType: type, digest: sha256(bytes), size: bytes.count)
    if try await !hasBlob(blob.digest, in: repository) {
      _ = try await push(blob, to: repository, mounting: nil) { () throws(RegistryError) in
        ScriptedSource([bytes])
      }
    }
    return blob
  }

  /// Stores an image with a configuration of its own and the layers of `layers`, by digest.
  @discardableResult
  func pushImage(
    _ name: String, layers: [String] = ["a layer"], foreign: Descriptor? = nil, subject: Digest? = nil,
    to repository: RepositoryName
  ) async throws -> Manifest {
    let config = try await push(
      #"{"architecture":"amd64","os":"linux","created":"2026-08-15T05:18:56Z","author":"\#(name)"}"#,
      type: "application/vnd.oci.image.config.v1+json", to: repository)
    var described: [Descriptor] = []
    for layer in layers {
      described.append(
        try await push(layer, type: "application/vnd.oci.image.layer.v1.tar", to: repository))
    }
    described += [foreign].compactMap(\.self)
    let about = subject.map {
      #","subject":{"mediaType":"\#(MediaType.ociManifest.rawValue)","digest":"\#($0)","size":1}"#
    }
    let text =
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest.rawValue)","config":\#(config.json),"#
      + #""layers":[\#(described.map(\.json).joined(separator: ","))]\#(about ?? "")}"#
    let manifest = Manifest(bytes: Array(text.utf8), mediaType: .ociManifest)
    _ = try await push(manifest, as: .digest(manifest.digest), to: repository)
    return manifest
  }

  @discardableResult
  func pushIndex(of children: [Manifest], to repository: RepositoryName) async throws -> Manifest {
    let index = ImagePusher.index(of: children)
    _ = try await push(index, as: .digest(index.digest), to: repository)
    return index
  }

  /// Lists `referrers` by the fallback tag of `subject`.
  func list(_ referrers: [Manifest], of subject: Digest, in repository: RepositoryName) async throws {
    var index = try await referrersByTag(of: subject, in: repository) ?? ImageIndex()
    index.entries += referrers.map { referrer in
      var entry = ImageIndex.Entry(referrer.descriptor)
      entry.members["artifactType"] = .string("application/signature")
      return entry
    }
    let manifest = Manifest(bytes: index.bytes, mediaType: .ociIndex)
    _ = try await push(manifest, as: .tag(subject.referrersTag), to: repository)
  }
}

extension Descriptor {
  var json: String { #"{"mediaType":"\#(mediaType)","digest":"\#(digest)","size":\#(size)}"# }
}

extension Manifest {
  var descriptor: Descriptor {
    Descriptor(mediaType: mediaType.rawValue, digest: digest, size: bytes.count)
  }
}

/// A store that writes down what it is asked to store, and may be told to behave otherwise.
final class RecordingStore: ContentTarget {
  struct Behaviour: Sendable {
    /// It lists referrers itself.
    var listsReferrers = false
    /// It takes blobs over from another repository.
    var mounts = false
    /// What is thrown at the first push of a manifest, by its digest.
    var refusals: [Digest: RegistryError] = [:]
    /// They are thrown at every push.
    var refusesForEver = false
    /// What is done before a blob is taken.
    var beforeBlob: (@Sendable () async throws -> Void)?
    /// What is thrown where referrers are asked for.
    var referrersFailure: RegistryError?
  }

  let store: ImageLayouts
  let behaviour: Mutex<Behaviour>
  private let written = Mutex<[String]>([])

  init(_ store: ImageLayouts, _ behaviour: Behaviour = Behaviour()) {
    self.store = store
    self.behaviour = Mutex(behaviour)
  }

  func takeWritten() -> [String] {
    written.withLock { written in
      defer { written = [] }
      return written
    }
  }

  private func write(_ line: String) { written.withLock { $0.append(line) } }

  var storeName: String { store.storeName }

  func observe(_ tags: [TagReference]) async -> [TagReference: Observation] { await store.observe(tags) }

  func tags(in repository: RepositoryName) async throws(RegistryError) -> [TagName] {
    try await store.tags(in: repository)
  }

  func manifest(_ digest: Digest, in repository: RepositoryName) async throws(RegistryError) -> Manifest {
    try await store.manifest(digest, in: repository)
  }

  func smallBlob(_ digest: Digest, in repository: RepositoryName) async throws(RegistryError) -> [UInt8] {
    try await store.smallBlob(digest, in: repository)
  }

  func get(_ reference: ManifestReference, in repository: RepositoryName) async throws(RegistryError)
    -> Manifest?
  {
    try await store.get(reference, in: repository)
  }

  func digest(of tag: TagName, in repository: RepositoryName) async throws(RegistryError) -> Digest? {
    try await store.digest(of: tag, in: repository)
  }

  func blob(_ blob: Descriptor, in repository: RepositoryName) async throws(RegistryError) -> any ByteSource {
    write("read \(blob.digest.short)")
    return try await store.blob(blob, in: repository)
  }

  func referrers(
    of digest: Digest, in repository: RepositoryName
  ) async throws(RegistryError) -> [ImageIndex.Entry] {
    if let failure = behaviour.withLock({ $0.referrersFailure }) { throw failure }
    return try await store.referrers(of: digest, in: repository)
  }

  func hasBlob(_ digest: Digest, in repository: RepositoryName) async throws(RegistryError) -> Bool {
    try await store.hasBlob(digest, in: repository)
  }

  func push(
    _ blob: Descriptor, to repository: RepositoryName, mounting other: RepositoryName?,
    content: @Sendable () async throws(RegistryError) -> any ByteSource
  ) async throws(RegistryError) -> Int {
    let behaviour = behaviour.withLock { $0 }
    do { try await behaviour.beforeBlob?() } catch { throw RegistryError(reading: error, of: blob) }
    let mounted = behaviour.mounts ? other : nil
    write("\(mounted == nil ? "blob" : "mount") \(blob.digest.short)")
    guard let mounted else {
      return try await store.push(blob, to: repository, mounting: nil, content: content)
    }
    let bytes = try await store.blob(blob, in: mounted)
    _ = try await store.push(blob, to: repository, mounting: nil) { () throws(RegistryError) in bytes }
    return 0
  }

  func push(
    _ manifest: Manifest, as reference: ManifestReference, to repository: RepositoryName
  ) async throws(RegistryError) -> Bool {
    write(
      {
        switch reference {
        case .digest(let digest): "manifest \(digest.short)"
        case .tag(let tag): "tag \(tag)"
        }
      }())
    let refusal = behaviour.withLock { behaviour in
      defer { if !behaviour.refusesForEver { behaviour.refusals[manifest.digest] = nil } }
      return behaviour.refusals[manifest.digest]
    }
    if let refusal { throw refusal }
    _ = try await store.push(manifest, as: reference, to: repository)
    return behaviour.withLock { $0.listsReferrers }
  }
}
