import Configuration
import Model
import StateFile

extension CommandSpec {
  static let set = CommandSpec(
    name: "set", summary: "Write one image's digest into a state file.", operands: "IMAGE DIGEST",
    operandCount: 2...2,
    discussion: """
      Only the digest's own bytes change; a new image goes to its sorted place. Commit the result as any
      other change:

        tagkeeper set ubuntu-22.04-helix-amd64 sha256:2222…
      """,
    options: [
      OptionSpec(
        name: "--repository", value: "NAME", help: "needed where the file has several repositories, or none"),
      OptionSpec(
        name: "--file", value: "FILE",
        help: "the state file; else the configuration's, else desired-state/images.yaml"),
    ]
  ) { arguments in
    let path = try arguments["--file"] ?? defaultFile(arguments)
    let texts = try StateText.files(at: path)
    let image: ImageName
    let digest: Digest
    do {
      image = try ImageName(arguments.operands[0])
      digest = try Digest(arguments.operands[1])
    } catch {
      throw CommandFailure("\(error)", status: .usage)
    }
    let (key, text) = try place(of: image, in: texts, repository: arguments["--repository"])
    let edited: StateText
    do { edited = try text.setting(key, to: digest) } catch { throw CommandFailure("\(error)") }
    guard edited != text else {
      Console.out("\(text.path): \(key) has \(digest.short) already\n")
      return .done
    }
    try edited.save()
    Console.out("\(text.path): \(key) is \(digest.short)\n")
    return .done
  }
}

/// The configuration's state file in its checkout's working tree, where there is one.
private func defaultFile(_ arguments: Arguments) throws(CommandFailure) -> String {
  guard let settings = try Workspace.ifConfigured(arguments)?.settings else {
    return "desired-state/images.yaml"
  }
  return settings.checkout == "." ? settings.state : "\(settings.checkout)/\(settings.state)"
}

/// The key of `image`, and the file that declares it or is to.
private func place(
  of image: ImageName, in texts: [StateText], repository: String?
) throws(CommandFailure) -> (ImageKey, StateText) {
  let entries = texts.map { ($0, $0.lenientEntries().map(\.key)) }
  let repositories = Swift.Set(entries.flatMap { $0.1.map(\.repository) })
  let named: RepositoryName?
  do { named = try repository.map { text throws(InvalidValue) in try RepositoryName(text) } } catch {
    throw CommandFailure("\(error)", status: .usage)
  }
  let declaring = Swift.Set(entries.flatMap(\.1).filter { $0.image == image }.map(\.repository))
  let candidates =
    named.map { [$0] }
    ?? (declaring.count == 1 ? Array(declaring) : repositories.count == 1 ? Array(repositories) : [])
  guard let chosen = candidates.first else {
    let known = repositories.sorted().map(\.description).joined(separator: ", ")
    throw CommandFailure(
      "which repository? give --repository NAME\(known.isEmpty ? "" : ": the state has \(known)")",
      status: .usage)
  }
  let key = ImageKey(chosen, image)
  if let file = entries.first(where: { $0.1.contains(key) }) { return (key, file.0) }
  guard texts.count == 1 else {
    throw CommandFailure("\(key) is new: name the file that is to have it with --file", status: .usage)
  }
  return (key, texts[0])
}
