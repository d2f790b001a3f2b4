package import Model
package import Registry
import Synchronization

/// An OCI registry in memory, on a `ScriptedServer`: for faults that a real one can't be made to have.
package final class FakeRegistry: Sendable {
  /// How it departs from a registry that deletes manifests but no tags.
  package struct Behaviour: Sendable {
    package enum TagDeletion: Sendable {
      case native
      /// 405 UNSUPPORTED
      case unsupported
      /// 400 DIGEST_INVALID, as distribution 2.8
      case digestInvalid
      /// The tag's manifest goes with it, and every other tag that it has.
      case withManifest
    }

    /// Whose listing of a repository tells digests.
    package enum DigestListing: Sendable {
      /// A map of manifests beside the tags.
      case google
      /// `/acr/v1/NAME/_tags`
      case acr
    }

    package var tagDeletion = TagDeletion.digestInvalid
    package var digestListing: DigestListing?
    package var deletesManifests = true
    /// How many deletions of a manifest leave its tags dangling and are answered 500, as distribution 2.8 does where
    /// another client writes a tag meanwhile.
    package var halfDeletions = 0
    /// 405 as plain text to every write.
    package var isReadOnly = false
    /// 200 and a page to everything, as a captive portal.
    package var answersHTML = false
    package var dropsContentDigest = false
    /// Tags of which that many further requests are answered 500.
    package var serverErrors: [TagName: Int] = [:]
    /// Asked first; nil lets the registry answer.
    package var override: (@Sendable (ServedRequest) -> ScriptedReply?)?
    /// The gate that the answer to a request waits for; the request takes effect at once.
    package var gate: (@Sendable (ServedRequest) -> Gate?)?

    package init() {}
  }

  struct Repository {
    var manifests: [Digest: Manifest] = [:]
    var tags: [TagName: Digest] = [:]
  }

  struct State {
    var behaviour: Behaviour
    var repositories: [String: Repository] = [:]
    var blobs: [Digest: [UInt8]] = [:]
  }

  private let state: SharedState
  private let server: ScriptedServer

  package init(_ behaviour: Behaviour = Behaviour()) throws {
    let state = SharedState(State(behaviour: behaviour))
    self.state = state
    server = try ScriptedServer { request in state.value.withLock { $0.reply(to: request) } }
  }

  package var url: String { server.url }
  package var address: RegistryURL { get throws { try RegistryURL(url) } }
  package var requests: [ServedRequest] { server.requests }

  /// Requests by method, such as `HEAD`.
  package func count(_ method: String) -> Int { requests.count { $0.method == method } }

  package func configure(_ change: (inout Behaviour) -> Void) {
    state.value.withLock { change(&$0.behaviour) }
  }

  package func waitForRequests(_ count: Int) async { await server.waitForRequests(count) }

  /// Stores `manifest` without a request.
  package func store(_ manifest: Manifest, as tags: TagName..., in repository: RepositoryName) {
    state.value.withLock { state in
      state.repositories[repository.description, default: Repository()].manifests[manifest.digest] = manifest
      for tag in tags { state.repositories[repository.description]!.tags[tag] = manifest.digest }
    }
  }

  /// Removes a manifest, leaving its tags dangling, as a garbage collection elsewhere would.
  package func removeManifest(_ digest: Digest, in repository: RepositoryName) {
    state.value.withLock {
      _ = $0.repositories[repository.description]?.manifests.removeValue(forKey: digest)
    }
  }

  /// What the tag points to.
  package func digest(of tag: TagReference) -> Digest? {
    state.value.withLock { $0.repositories[tag.repository.description]?.tags[tag.tag] }
  }

  /// All tags, sorted.
  package func tags(in repository: RepositoryName) -> [TagName] {
    state.value.withLock { ($0.repositories[repository.description]?.tags.keys).map { $0.sorted() } ?? [] }
  }
}

/// The server's closure and the registry share this, so that neither keeps the other alive.
private final class SharedState: Sendable {
  let value: Mutex<FakeRegistry.State>

  init(_ state: sending FakeRegistry.State) { value = Mutex(state) }
}
