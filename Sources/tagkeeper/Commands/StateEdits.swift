import Model
import Reconciler
import StateFile
import YAML

/// The files of a state with some digests changed in memory; they are written all or none.
struct StateEdits {
  private let originals: [StateText]
  private var texts: [StateText]
  /// The file that declares an image, or is to.
  private var files: [ImageKey: Int] = [:]
  private let declared: [ImageKey: Digest]
  private let repositories: Set<RepositoryName>
  /// The first file that has a repository, also without images: a new image goes there, as `StateText.rewriting` has it.
  private let homes: [RepositoryName: Int]

  /// - Parameter texts: At least one.
  init(_ texts: [StateText]) {
    originals = texts
    self.texts = texts
    var declared: [ImageKey: Digest] = [:]
    var homes: [RepositoryName: Int] = [:]
    for (file, text) in texts.enumerated() {
      let reading = text.lenientReading()
      for repository in reading.repositories where homes[repository] == nil { homes[repository] = file }
      for entry in reading.entries where declared[entry.key] == nil {
        declared[entry.key] = entry.digest
        files[entry.key] = file
      }
    }
    self.declared = declared
    self.homes = homes
    repositories = Set(declared.keys.map(\.repository))
  }

  /// What the state declares; nil for a new image.
  func digest(of key: ImageKey) -> Digest? { declared[key] }

  /// The file of an image whose key is from `key(of:in:)`.
  func path(of key: ImageKey) -> String { texts[files[key] ?? 0].path }

  /// The key of `image`: in `repository`, else in the only one that declares it, else in the state's only one.
  /// - Throws: `CommandFailure` with status 64 where neither is, and for a new repository that several files could have.
  mutating func key(
    of image: ImageName, in repository: RepositoryName?
  ) throws(CommandFailure) -> ImageKey {
    let declaring = repositories.filter { declared[ImageKey($0, image)] != nil }
    let candidates = repository.map { [$0] } ?? (declaring.count == 1 ? declaring : repositories)
    guard let chosen = candidates.first, candidates.count == 1 else {
      let known = repositories.sorted().map(\.description).joined(separator: ", ")
      throw CommandFailure(
        "which repository? give --repository NAME\(known.isEmpty ? "" : ": the state has \(known)")",
        status: .usage)
    }
    let key = ImageKey(chosen, image)
    guard let file = files[key] ?? homes[chosen] ?? (texts.count == 1 ? 0 : nil) else {
      throw CommandFailure(
        "\(key) is new, and no file has its repository: declare its repository in a file first",
        status: .usage)
    }
    files[key] = file
    return key
  }

  /// Sets what is to be written of `changes`, whose keys are from `key(of:in:)`.
  /// - Throws: `CommandFailure` where a file has errors or can't be edited in place.
  mutating func set(_ changes: [DigestChange]) throws(CommandFailure) {
    var digests: [Int: [ImageKey: Digest]] = [:]
    for change in changes where change.isToBeWritten {
      digests[files[change.key] ?? 0, default: [:]][change.key] = change.to
    }
    for (file, digests) in digests {
      do { texts[file] = try texts[file].setting(digests) } catch { throw CommandFailure(error) }
    }
  }

  /// What makes an image that the state does not declare look like a slip; nil where nothing does.
  func note(onNew key: ImageKey, _ channels: [ChannelSettings]) -> String? {
    let name = key.image.description
    let addition = channels.first { channel in
      guard let suffix = channel.template.suffix, !(channel.template.prefix + suffix).isEmpty else {
        return false
      }
      return (try? TagName(name)).map(channel.template.couldMake) ?? false
    }
    if let addition {
      return
        "\(key) is new: its name looks like a tag of the channel \(addition.name), \(addition.template)"
    }
    // Every name is near one of a letter or two.
    let names = declared.keys.filter { $0.repository == key.repository }.map(\.image.description)
    return name.nearest(of: names.filter { $0.count > 2 }.sorted()).map {
      "\(key) is new: the nearest declared image is \($0)"
    }
  }

  /// The files that differ from what they were.
  var changed: [StateText] { zip(originals, texts).filter { $0 != $1 }.map(\.1) }

  /// Writes the files that changed. Where one can't be written, those before it get their old text back.
  /// - Throws: `CommandFailure` with the reason.
  func save() throws(CommandFailure) {
    var written: [StateText] = []
    for (original, text) in zip(originals, texts) where text != original {
      do throws(CommandFailure) { try text.save() } catch {
        for original in written { try original.save() }
        throw error
      }
      written.append(original)
    }
  }
}
