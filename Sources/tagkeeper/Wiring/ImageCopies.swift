import Model
import Reconciler
import Registry
import Synchronization

/// Copies images from the channels' sources, each of which is opened when it is first needed.
final class ImageCopies: ImageCopier {
  let unfinished = UnfinishedCopies()
  private let target: any ContentTarget
  private let copier: Copier
  private let open: @Sendable (CopySource.Store) throws -> any ContentSource
  private let opened = Mutex<[CopySource.Store: any ContentSource]>([:])
  private let display: CopyDisplay?

  /// - Parameter open: Makes a client of another registry, or reads other layouts.
  init(
    to target: any ContentTarget, display: CopyDisplay?,
    open: @escaping @Sendable (CopySource.Store) throws -> any ContentSource
  ) {
    self.target = target
    copier = Copier(to: target)
    self.open = open
    self.display = display
  }

  /// A source with the repository that is meant for one target.
  private struct Place {
    let store: any ContentSource
    let repository: RepositoryName

    var name: String { store.place(repository) }
  }

  private func place(_ source: CopySource, for repository: RepositoryName) throws -> Place {
    let store = try opened.withLock { opened -> any ContentSource in
      if source.store == .own { return target }
      if let store = opened[source.store] { return store }
      let store = try open(source.store)
      opened[source.store] = store
      return store
    }
    return Place(store: store, repository: try source.repository(for: repository))
  }

  /// The repository that `source` names for `repository`, and whether it has `digest`.
  /// - Throws: What names no repository, or can't be read.
  func look(
    for digest: Digest, _ repository: RepositoryName, in source: CopySource
  ) async throws -> (place: String, isThere: Bool) {
    let place = try place(source, for: repository)
    return (place.name, try await place.store.get(.digest(digest), in: place.repository) != nil)
  }

  func find(
    _ digest: Digest, for repository: RepositoryName, in sources: [CopySource]
  ) async -> SourceSearch {
    var looked: [String] = []
    var doubt: String?
    for source in sources {
      do {
        let (place, isThere) = try await look(for: digest, repository, in: source)
        if isThere { return .found(place) }
        looked.append(place)
      } catch {
        doubt = doubt ?? "\(error)"
      }
    }
    return doubt.map { .unknown(lacking(digest, repository) + ", and a source can't be read: \($0)") }
      ?? .missing(lacking(digest, repository, looked))
  }

  func copy(
    _ digest: Digest, to repository: RepositoryName, from sources: [CopySource],
    begins: @escaping @Sendable () -> Void
  ) async throws(WriteFailure) -> (source: String, bytes: Int) {
    var looked: [String] = []
    var failure: WriteFailure?
    for source in sources {
      do {
        let place = try place(source, for: repository)
        return (place.name, try await copy(digest, from: place, to: repository, begins))
      } catch let error as RegistryError {
        switch error.kind {
        case .missingManifest: looked.append(try name(source, for: repository))
        // The next source would fare no better.
        case .cancelled, .readOnly: throw WriteFailure(error)
        default: failure = failure ?? WriteFailure(error)
        }
      } catch {
        failure = failure ?? WriteFailure(.transient, "\(error)")
      }
    }
    throw failure ?? WriteFailure(.missing, lacking(digest, repository, looked))
  }

  private func copy(
    _ digest: Digest, from place: Place, to repository: RepositoryName,
    _ begins: @escaping @Sendable () -> Void
  ) async throws -> Int {
    guard let display else {
      return try await copier.copy(
        digest, from: place.store, place.repository, to: repository, begins: begins)
    }
    let id = display.begin("\(repository)@\(digest.short)")
    defer { display.end(id) }
    return try await copier.copy(
      digest, from: place.store, place.repository, to: repository, begins: begins
    ) { display.show(id, $0) }
  }

  private func name(_ source: CopySource, for repository: RepositoryName) throws(WriteFailure) -> String {
    do { return try place(source, for: repository).name } catch { throw WriteFailure(.transient, "\(error)") }
  }

  private func lacking(_ digest: Digest, _ repository: RepositoryName, _ looked: [String] = []) -> String {
    let place = "\(digest) is not in \(target.place(repository))"
    guard !looked.isEmpty else { return place }
    return
      "\(place), nor in \(looked.joined(separator: " or ")); push the image to one of them, or declare another "
      + "digest"
  }
}

extension Workspace {
  /// Nil where no channel names a source.
  /// - Parameter display: Tells how far copies are; nil for nobody.
  func copies(to registry: OpenedRegistry, display: CopyDisplay? = nil) -> ImageCopies? {
    guard channels.contains(where: { !$0.sources.isEmpty }) else { return nil }
    return ImageCopies(to: registry.images, display: display) { store in
      switch store {
      case .own: registry.images
      case .host(let host) where isOwn(host): registry.images
      case .host(let host): try client(ofHost: host, registry.transport)
      case .layouts(let path): try ImageLayouts(path: path.absolute)
      }
    }
  }
}
