import Configuration
import Model
import StateFile

extension CommandSpec {
  static let set = CommandSpec(
    name: "set", summary: "Write images' digests into a state file.",
    operands: "IMAGE DIGEST… | --from-tag TAG IMAGE…", operandCount: 1...Int.max,
    discussion: """
      Only the digests' own bytes change; a new image goes to its sorted place. Several images are
      written all or not at all. Commit the result as any other change:

        tagkeeper set ubuntu-22.04-helix-amd64 sha256:2222…
        tagkeeper set --from-tag '{image}-20261122.1' ubuntu-22.04-helix-amd64 alpine-3.20-amd64
        tagkeeper set --commit main -m 'Build 20261122.1' --from-tag 20261122.1 alpine-3.20-amd64

      --commit writes one commit on a branch from git objects alone, and tries again where somebody else
      moved the branch meanwhile.

      --if-newer leaves an image as it is whose declared digest was built at the same time or later, by
      the time of creation in the images' configurations (of an index, the newest of its images'): an
      old build that finishes late then overwrites nothing. A time that is missing or can't be read is
      an error, and nothing is written. Reproducible builds that all have one time, such as 1970, are
      equally old, and are left: set those without --if-newer.
      """,
    options: [
      OptionSpec(
        name: "--repository", value: "NAME", help: "needed where the file has several repositories, or none"),
      OptionSpec(
        name: "--file", value: "FILE", kind: .file,
        help: "the state file; else the configuration's, else desired-state/images.yaml"),
      OptionSpec(
        name: "--from-tag", value: "TAG",
        help: "take the digest that this tag has in the registry; {image} is the image"),
      OptionSpec(name: "--if-newer", help: "leave images that would get a build that is no newer"),
      OptionSpec(
        name: "--commit", value: "BRANCH",
        help: "commit on this branch, without a checkout, and not to a file"),
      OptionSpec(name: "-m", value: "MESSAGE", help: "of that commit; required with --commit"),
    ]
  ) { arguments in
    let request = try SetRequest(arguments)
    let changes: [DigestChange]
    var commit: CommitID?
    let branch = arguments["--commit"]
    if let branch {
      (changes, commit) = try await BranchEdit(branch, arguments).commit(request)
    } else {
      let texts = try StateText.files(at: try arguments["--file"] ?? defaultFile(arguments))
      let (edits, made) = try await request.edit(texts)
      try edits.save()
      changes = made
    }
    for change in changes {
      Console.out("\(change)\n")
      if let note = change.note { Console.error("\(note)\n") }
    }
    if let branch, let commit { Console.out("branch \(branch) at \(commit.short)\n") }
    return .done
  }
}

/// The configuration's state file in its checkout's working tree, where there is one.
private func defaultFile(_ arguments: Arguments) throws(CommandFailure) -> String {
  guard let settings = try Workspace.ifConfigured(arguments)?.settings else {
    return Settings.defaultState
  }
  return settings.checkout == "." ? settings.state : "\(settings.checkout)/\(settings.state)"
}

/// What becomes of one image's digest; prints as what was done.
struct DigestChange: CustomStringConvertible {
  let key: ImageKey
  /// The file that declares it, or is to.
  let path: String
  /// What the state declares; nil for a new image.
  let from: Digest?
  let to: Digest
  /// Why the image is left as it is; nil where it isn't.
  var reasonToLeave: String?
  /// What makes a new image look like a slip; nil where nothing does.
  var note: String?

  init(_ key: ImageKey, in path: String, from: Digest?, to: Digest) {
    self.key = key
    self.path = path
    self.from = from
    self.to = to
  }

  var isToBeWritten: Bool { from != to && reasonToLeave == nil }

  var description: String { "\(path): \(key) \(what)" }

  private var what: String {
    guard let from else { return "added with \(to.short)" }
    if from == to { return "has \(to.short) already" }
    if let reasonToLeave { return "left: \(reasonToLeave)" }
    return "moved from \(from.short) to \(to.short)"
  }
}
