import FoundationEssentials
import Importing
import Model
import Reconciler
import StateFile
import YAML

extension CommandSpec {
  static let importing = CommandSpec(
    name: "import", summary: "Write a first state file from what exists.",
    discussion: """
      Reads one source and prints the state that declares it, or writes it with --file:

        tagkeeper import --from-registry --repository team/app --match '*-latest'
        tagkeeper import --from-image-info image-info.json --file desired-state/images.yaml
        tagkeeper import --from-image-promoter images.yaml --repository k8s-artifacts-prod

      A tag is an image's name, or the part of it that the * of --match stands for. An image promoter's
      name is a repository, and its tags are the images in it: where its registry has a path behind the
      host, such as gcr.io/k8s-artifacts-prod, give the path as --repository.

      Where an image has several digests, every place is named and nothing is written, until --prefer
      says which: newest is the one built last, for a source that tells the time (image-info.json).
      A tag that can't be read fails the whole import. Tags of signatures are left out.
      """,
    options: [
      OptionSpec(name: "--from-registry", help: "the tags of the configuration's registry"),
      OptionSpec(
        name: "--from-image-info", value: "FILE", kind: .file, help: "a .NET image-info.json, schema 2.0"),
      OptionSpec(
        name: "--from-image-promoter", value: "FILE", kind: .file,
        help: "a Kubernetes image promoter's images.yaml"),
      OptionSpec(
        name: "--repository", value: "NAME",
        help: "the registry's or image-info's, may be repeated; the promoter's prefix"),
      OptionSpec(
        name: "--match", value: "PATTERN", help: "tags to take, the * being the image: '*-latest'; else all"),
      OptionSpec(
        name: "--channel", value: "NAME", help: "the tags that this channel makes, instead of --match"),
      OptionSpec(
        name: "--prefer", value: "WHICH", help: "in a conflict: newest, or a digest, which may be repeated"),
      OptionSpec(
        name: "--file", value: "FILE", kind: .file, help: "where to write; it may not declare images yet"),
    ]
  ) { arguments in
    let source = try ImportSource(arguments)
    let pattern = try pattern(arguments)
    let preference = try ConflictPreference(arguments)
    let target = try arguments["--file"].map { path throws(CommandFailure) in try emptyState(at: path) }
    let found = try await source.read(pattern, preferring: preference)
    guard !found.state.entries.isEmpty else {
      throw CommandFailure("nothing was written: \(found.summary)")
    }
    if let target {
      try StateText.makeFolder(of: target.path)
      try target.filled(with: found.state).save()
      Console.out("wrote \(target.path)\n")
    } else {
      Console.out(String(decoding: StateText(path: "", state: found.state).bytes, as: UTF8.self))
    }
    Console.error("\(found.summary.printable)\n")
    return .done
  }
}

/// What an import found, with one line about it for people.
struct ImportedImages {
  let state: DesiredState
  let summary: String

  /// - Parameter leftOut: What is no image, such as `3 tags not matching *-latest`; zeros are dropped.
  init(
    _ state: DesiredState, from source: String, decided: Int = 0,
    leftOut: [(count: Int, noun: String, which: String)]
  ) {
    self.state = state
    let images = state.entries.count
    let repositories = Set(state.entries.map(\.key.repository)).count
    var parts = [
      images == 0
        ? "no image" : "\(images.counted("image")) of \(repositories.counted("repository", "repositories"))",
      "from", source,
    ]
    if decided > 0 { parts.append("(\(decided.counted("conflict")) decided by --prefer)") }
    let rest = leftOut.filter { $0.count > 0 }.map { "\($0.count.counted($0.noun)) \($0.which)" }
    summary =
      parts.joined(separator: " ") + (rest.isEmpty ? "" : "; left out: \(rest.joined(separator: ", "))")
  }
}

/// `--match`, else the pattern of `--channel`, else the whole tag.
private func pattern(_ arguments: Arguments) throws(CommandFailure) -> TagPattern {
  guard arguments["--match"] == nil || arguments["--channel"] == nil else {
    throw CommandFailure("give --match or --channel, not both", status: .usage)
  }
  do {
    if let text = arguments["--match"] { return try TagPattern(text) }
    guard let name = arguments["--channel"] else { return .wholeTag }
    return try TagPattern(try Workspace(arguments).channel(named: name).template)
  } catch let failure as CommandFailure {
    throw failure
  } catch {
    throw CommandFailure("\(error)", status: .usage)
  }
}

extension ConflictPreference {
  /// `--prefer`; nil where it is not given.
  fileprivate init?(_ arguments: Arguments) throws(CommandFailure) {
    let words = arguments.all("--prefer")
    guard !words.isEmpty else { return nil }
    guard words != ["newest"] else {
      self = .newest
      return
    }
    let digests = words.compactMap { try? Digest($0) }
    guard digests.count == words.count else {
      throw CommandFailure("--prefer takes newest alone, or whole digests: sha256:…", status: .usage)
    }
    self = .digests(Set(digests))
  }
}

/// The file at `path`, which is to get its first images; an empty one where there is none.
/// - Throws: `CommandFailure` where it declares images, can't be read or has errors.
private func emptyState(at path: String) throws(CommandFailure) -> StateText {
  var isFolder = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
    return StateText(path: path, bytes: [])
  }
  guard !isFolder else {
    throw CommandFailure("\(path) is a folder: name the file in it that is to be written", status: .usage)
  }
  let text = try StateText.files(at: path)[0]
  let reading = StateText.read([text])
  guard let state = reading.state else {
    let errors = reading.diagnostics.map(\.description).joined(separator: "\n")
    throw CommandFailure("\(path) has errors and was left as it is: mend it, or name another file\n\(errors)")
  }
  guard state.entries.isEmpty else {
    throw CommandFailure(
      "\(path) declares \(state.entries.count.counted("image")) and was left as it is: name a file that declares none, "
        + "or change single images with tagkeeper set")
  }
  return text
}

extension Int {
  /// `1 image`, `2 images`.
  func counted(_ one: String, _ many: String? = nil) -> String {
    "\(self) \(self == 1 ? one : many ?? one + "s")"
  }
}
