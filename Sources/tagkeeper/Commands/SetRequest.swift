import Model
import Reconciler
import Registry
import StateFile

/// The images of a `set`, and where their digests come from.
struct SetRequest {
  private enum Digests {
    case given([Digest])
    /// The registry's, of each image's tag.
    case ofTag(TagTemplate, any ImageStore)
  }

  /// Each with its repository; nil where the state tells.
  private let images: [NamedImage]
  private let digests: Digests
  /// None without a configuration: only notes are made of them.
  private let channels: [ChannelSettings]
  /// Nil where builds are not compared.
  private let buildTimes: BuildTimes?

  /// - Throws: `CommandFailure` with status 64, and where a registry is needed and there is no configuration that names
  ///   it.
  init(_ arguments: Arguments) throws(CommandFailure) {
    let template: TagTemplate?
    var given: [Digest] = []
    do {
      let repository = try arguments["--repository"].map(RepositoryName.init)
      let words = arguments.operands
      if let text = arguments["--from-tag"] {
        images = try words.map { try NamedImage($0, in: repository) }
        template = try TagTemplate(text)
      } else {
        let pairs = stride(from: 0, to: words.count - 1, by: 2)
        images = try pairs.map { try NamedImage(words[$0], in: repository) }
        given = try pairs.map { try Digest(words[$0 + 1]) }
        template = nil
      }
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure("\(error)", status: .usage)
    }
    try Self.check(images, template, arguments.operands)
    channels = (try? Workspace.ifConfigured(arguments))?.channels ?? []
    let comparesBuilds = arguments.isGiven("--if-newer")
    if let template {
      let registry = try Self.registry(arguments)
      digests = .ofTag(template, registry)
      buildTimes = comparesBuilds ? BuildTimes(registry) : nil
    } else {
      digests = .given(given)
      buildTimes = comparesBuilds ? BuildTimes(try Self.registry(arguments)) : nil
    }
  }

  private static func check(
    _ images: [NamedImage], _ template: TagTemplate?, _ operands: [String]
  ) throws(CommandFailure) {
    try refuseDuplicates(in: images)
    guard let template else {
      if operands.count.isMultiple(of: 2) { return }
      throw CommandFailure(
        "\(operands[operands.count - 1].quoted) has no digest: tagkeeper set \(CommandSpec.set.operands)",
        status: .usage)
    }
    if images.count > 1, !template.namesImage {
      throw CommandFailure(
        "\(images.count) images can't all have the tag \(template): write {image} in --from-tag",
        status: .usage)
    }
  }

  private static func refuseDuplicates<Name: Hashable>(in names: [Name]) throws(CommandFailure) {
    var seen: Set<Name> = []
    for name in names where !seen.insert(name).inserted {
      throw CommandFailure("\(name) is given twice: give each image once", status: .usage)
    }
  }

  private static func registry(_ arguments: Arguments) throws(CommandFailure) -> any ImageStore {
    try Workspace(arguments).openRegistry(manifests: nil).images
  }

  /// The files as they were asked to be, and what becomes of each image.
  /// - Throws: `CommandFailure`; nothing is written then, or ever here.
  func edit(
    _ texts: [StateText]
  ) async throws(CommandFailure) -> (edits: StateEdits, changes: [DigestChange]) {
    var edits = StateEdits(texts)
    var keys: [ImageKey] = []
    for image in images { keys.append(try edits.key(of: image.name, in: image.repository)) }
    try Self.refuseDuplicates(in: keys)  // by one name and by the other
    let digests = try await digests(for: keys)
    var changes = zip(keys, digests).map {
      DigestChange($0, in: edits.path(of: $0), from: edits.digest(of: $0), to: $1)
    }
    for index in changes.indices where changes[index].from == nil {
      changes[index].note = edits.note(onNew: changes[index].key, channels)
    }
    if let buildTimes { changes = try await buildTimes.leavingWhatIsNoNewer(changes) }
    try edits.set(changes)
    return (edits, changes)
  }

  /// The digest of each of `keys`, which are the images' in their order.
  /// - Throws: `CommandFailure` naming every tag that is absent or could not be read.
  private func digests(for keys: [ImageKey]) async throws(CommandFailure) -> [Digest] {
    switch digests {
    case .given(let digests): return digests
    case .ofTag(let template, let registry): return try await Self.resolve(template, keys, registry)
    }
  }

  private static func resolve(
    _ template: TagTemplate, _ keys: [ImageKey], _ registry: any ImageStore
  ) async throws(CommandFailure) -> [Digest] {
    let tags: [TagReference]
    do {
      tags = try keys.map { key throws(InvalidValue) in
        TagReference(key.repository, try template.tag(for: key.image))
      }
    } catch {
      throw CommandFailure("\(error)", status: .usage)
    }
    let observations = await registry.observe(tags)
    var digests: [Digest] = []
    var problems: [String] = []
    for tag in tags {
      switch observations[tag] {
      case .present(let digest): digests.append(digest)
      case .absent:
        problems.append(
          "\(tag) is not in \(registry.storeName): push it first, or check its spelling")
      case .unknown(let failure): problems.append("\(tag) could not be read: \(failure.message)")
      case nil: problems.append("\(tag) could not be read: it was not asked about")
      }
    }
    guard problems.isEmpty else {
      throw CommandFailure("nothing was written:\n" + problems.joined(separator: "\n"))
    }
    return digests
  }
}
