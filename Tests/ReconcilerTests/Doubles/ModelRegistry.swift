import Model
import Reconciler
import Synchronization
import TestSupport

/// A registry in memory: what each repository holds, and which faults it plays.
final class ModelRegistry: TagWriter {
  enum Deletion { case native, byManifest, disabled }

  struct State {
    var manifests: Set<Digest> = Set((0...50).map { digest($0) })
    var tags: [TagReference: Digest] = [:]
    var deletion = Deletion.native
    /// Answers of tags that are not simply there or absent.
    var faults: [TagReference: Observation] = [:]
    var putFailures: [TagReference: WriteFailure] = [:]
    /// A write that is cancelled while it is under way is made, and its answer is not heard.
    var losesAnswersOfCancelled = false
    /// What a listing says, stale or not.
    var listing: [TagReference: Digest] = [:]
    var isDown = false
    var proofFailure: WriteFailure?
    var deleteManifestFailure: WriteFailure?
    /// How often the manifest is deleted, its tags dangle, and the answer is a failure.
    var halfDeletions = 0
    var listFails = false
    /// Tags that a deletion of their manifest leaves listed, once.
    var danglesOnce: Set<TagReference> = []
    var dangling: Set<TagReference> = []
    /// Every request, such as `HEAD r:a`.
    var log: [String] = []
    /// Runs before a request is carried out, with its text.
    var onRequest: (@Sendable (String, inout State) -> Void)?
  }

  let host = "registry.example"
  let concurrency = 4
  let tombstoneObjection: String?
  private let state = Mutex(State())

  init(tombstoneObjection: String? = nil) { self.tombstoneObjection = tombstoneObjection }

  func adjust(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

  var tags: [String: UInt8] {
    state.withLock { state in
      Dictionary(uniqueKeysWithValues: state.tags.map { ($0.key.description, number(of: $0.value)) })
    }
  }

  /// The requests since the last call.
  func takeLog() -> [String] {
    state.withLock { state in
      defer { state.log = [] }
      return state.log
    }
  }

  func push(_ number: UInt8, to text: String) throws {
    let tag = try reference(text)
    state.withLock { $0.tags[tag] = digest(number) }
  }

  private func request<T>(_ text: String, _ body: (inout State) -> T) -> T {
    state.withLock { state in
      state.onRequest?(text, &state)
      state.log.append(text)
      return body(&state)
    }
  }

  func observe(
    _ tags: [TagReference], expecting expected: [TagReference: Digest],
    answered: @escaping @Sendable () -> Void
  ) async -> [TagReference: Observation] {
    var answers: [TagReference: Observation] = [:]
    let listing = state.withLock { $0.listing }
    for tag in tags where !Task.isCancelled {
      if let digest = listing[tag], digest == expected[tag] {
        answers[tag] = .present(digest)
        continue
      }
      defer { answered() }
      answers[tag] = request("HEAD \(tag)") { state in
        if state.isDown { return .unknown(.init("registry.example: connection refused")) }
        return state.faults[tag] ?? state.tags[tag].map { .present($0) } ?? .absent
      }
    }
    return answers
  }

  func presence(of digest: Digest, in repository: RepositoryName) async -> ManifestPresence {
    state.withLock { $0.manifests.contains(digest) ? .present : .missing }
  }

  func put(
    _ digest: Digest, at tag: TagReference, answered: @escaping @Sendable () -> Void
  ) async throws(WriteFailure) {
    // As if the manifest had been fetched.
    answered()
    let failure: WriteFailure? = request("PUT \(tag) \(number(of: digest))") { state in
      if state.isDown { return WriteFailure(.transient, "registry.example: connection refused") }
      if let failure = state.putFailures[tag] { return failure }
      guard state.manifests.contains(digest) else {
        return WriteFailure(.missing, "\(tag.repository) has no \(digest.short)")
      }
      state.tags[tag] = digest
      state.faults[tag] = nil
      return state.losesAnswersOfCancelled && Task.isCancelled ? WriteFailure(.transient, "cancelled") : nil
    }
    if let failure { throw failure }
  }

  func deleteTag(_ tag: TagReference) async throws(WriteFailure) -> TagDeletionAnswer {
    let answer: Result<TagDeletionAnswer, WriteFailure> = request("DELETE \(tag)") { state in
      if state.isDown { return .failure(WriteFailure(.transient, "registry.example: connection refused")) }
      guard state.deletion == .native else { return .success(.unsupported("UNSUPPORTED")) }
      return .success(state.tags.removeValue(forKey: tag) == nil ? .absent : .deleted)
    }
    return try answer.get()
  }

  func tombstone(for repository: RepositoryName, batch: String) -> Digest {
    Digest(bytes: [255] + Array(repeating: UInt8(batch.utf8.reduce(0) { $0 &+ Int($1) } % 256), count: 31))!
  }

  func proveDeletion(in repository: RepositoryName, batch: String) async throws(WriteFailure) {
    let failure: WriteFailure? = request("PROVE \(repository)") { state in
      if let failure = state.proofFailure { return failure }
      return state.deletion == .byManifest ? nil : WriteFailure(.refused, "deletes are disabled")
    }
    if let failure { throw failure }
  }

  func putTombstone(of batch: String, at tag: TagReference) async throws(WriteFailure) {
    let failure: WriteFailure? = request("TOMBSTONE \(tag)") { state in
      if let failure = state.putFailures[tag] { return failure }
      state.tags[tag] = tombstone(for: tag.repository, batch: batch)
      state.dangling.remove(tag)
      return nil
    }
    if let failure { throw failure }
  }

  func deleteManifest(_ digest: Digest, in repository: RepositoryName) async throws(WriteFailure) {
    let failure: WriteFailure? = request("DELETE \(repository)@\(number(of: digest))") { state in
      if let failure = state.deleteManifestFailure { return failure }
      let isHalf = state.halfDeletions > 0
      for (tag, value) in state.tags where value == digest && tag.repository == repository {
        state.tags[tag] = nil
        if state.danglesOnce.remove(tag) != nil || isHalf { state.dangling.insert(tag) }
      }
      state.halfDeletions -= isHalf ? 1 : 0
      return isHalf ? WriteFailure(.transient, "registry.example: 500") : nil
    }
    if let failure { throw failure }
  }

  func tags(in repository: RepositoryName) async throws(WriteFailure) -> Set<TagName> {
    let listed: Set<TagName>? = request("LIST \(repository)") { state in
      if state.listFails { return nil }
      return Set(
        (Set(state.tags.keys).union(state.dangling)).filter { $0.repository == repository }.map(\.tag))
    }
    guard let listed else { throw WriteFailure(.transient, "registry.example: 500") }
    return listed
  }
}

/// The first byte of a digest: what `digest(_:)` made it from; 255 is a tombstone.
func number(of digest: Digest) -> UInt8 { UInt8(digest.hex.prefix(2), radix: 16)! }
