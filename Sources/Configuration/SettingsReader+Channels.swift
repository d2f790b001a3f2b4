import Model
import YAML

extension SettingsReader {
  static let channelsRemedy =
    #"write channels: and below it latest: {branch: production, tag: "{image}-latest"}"#

  /// In the file's order; nil with errors where one is wrong, or there is none.
  mutating func channels(_ node: Node) -> [Settings.Channel]? {
    let members = node.members(of: "\"channels\"", &diagnostics)
    if node.kind == .mapping, node.count == 0 {
      diagnostics.error(at: node, "\"channels\" has no channel", remedy: Self.channelsRemedy)
    }
    var channels: [Settings.Channel] = []
    var first: [TagTemplate: Node] = [:]
    var sources: [ChannelSource] = []
    for member in members {
      let name = channelName(member.key)
      guard var fields = Fields(member.value, owner: member.key, of: "the channel", &diagnostics) else {
        continue
      }
      let branch = required("branch", "write branch: and the name of a branch", &fields) { $0.branchName($1) }
      let tag = required("tag", #"write tag: "{image}-\#(member.name)""#, &fields) { reader, node in
        reader.template(node, "tag", TagTemplate.init, example: "{image}-latest").map {
          (template: $0, node: node)
        }
      }
      let source = createFrom(member.name, tag?.template, &fields)
      let keep = fields.take("keep", &diagnostics).flatMap {
        template($0, "keep", KeepTemplate.init, example: "{image}-{date}-{commit}")
      }
      let copySources = optional("sources", [], &fields) { $0.copySources($1) }
      let drift = optional("drift", .heal, &fields) { $0.drift($1) }
      if let source { sources.append(source) }
      fields.finish(&diagnostics)
      guard let tag else { continue }
      if let other = first[tag.template] {
        let template = tag.template.description.quoted
        diagnostics.duplicate(tag.node, other, "two channels make the same tags, \(template)")
      } else {
        first[tag.template] = tag.node
      }
      guard let name, let branch, let copySources, let drift else { continue }
      channels.append(
        .init(
          name: name, branch: branch, tag: tag.template, createFrom: source?.source, keep: keep,
          sources: copySources, drift: drift))
    }
    check(sources, among: members.map(\.name))
    return channels.isEmpty || channels.count < node.count ? nil : channels
  }

  /// `[a-z0-9][a-z0-9._-]{0,63}`.
  private mutating func channelName(_ node: Node) -> String? {
    let text = node.text
    if text.wholeMatch(of: /[a-z0-9][a-z0-9._-]{0,63}/) != nil { return text }
    diagnostics.error(
      at: node, "\(text.quoted) is not a channel name",
      remedy: "use lower-case letters, digits, . _ and -, not starting with . _ or -, at most 64 characters")
    return nil
  }

  private mutating func drift(_ node: Node) -> Settings.Channel.Drift? {
    guard let text = node.name("\"drift\"", &diagnostics) else { return nil }
    if let drift = Settings.Channel.Drift(rawValue: text) { return drift }
    diagnostics.error(
      at: node, "\(text.quoted) is not what can be done about drift",
      remedy: "write heal, to move such a tag back, or report, to leave it and tell of it")
    return nil
  }

  private mutating func branchName(_ node: Node) -> String? {
    guard let text = node.name("\"branch\"", &diagnostics) else { return nil }
    if text.hasPrefix("refs/") {
      let name = text.hasPrefix("refs/heads/") ? String(text.dropFirst("refs/heads/".count)) : "production"
      diagnostics.error(
        at: node, "\(text.quoted) is a ref, not a branch name",
        remedy: "write the name alone, such as \(name)")
      return nil
    }
    if text.isBranchName { return text }
    diagnostics.error(
      at: node, "\(text.quoted) is not a branch name", remedy: "see git check-ref-format for what is one")
    return nil
  }

  /// A template's text; a `{` without quotes begins a mapping.
  private mutating func template<Template>(
    _ node: Node, _ key: String, _ make: (String) throws(InvalidValue) -> Template, example: String
  ) -> Template? {
    if node.kind == .mapping, node.style == .flow {
      diagnostics.error(
        at: node, "\(key.quoted) takes text, not a mapping", remedy: "put it in quotes: \(example.quoted)")
      return nil
    }
    guard let text = node.name(key.quoted, &diagnostics) else { return nil }
    do throws(InvalidValue) {
      return try make(text)
    } catch {
      diagnostics.error(at: node, error)
      return nil
    }
  }
}

extension String {
  /// What git-check-ref-format(1) allows with `--branch`, and `HEAD` not.
  var isBranchName: Bool {
    let forbidden: Set<Unicode.Scalar> = [" ", "~", "^", ":", "?", "*", "[", "\\"]
    guard !isEmpty, self != "@", self != "HEAD", !hasPrefix("-"), !hasSuffix("."), !contains(".."),
      !contains("@{"),
      unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F && !forbidden.contains($0) })
    else { return false }
    return split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".") && !part.hasSuffix(".lock")
    }
  }
}
