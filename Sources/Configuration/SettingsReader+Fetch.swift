import YAML

extension SettingsReader {
  /// `true`, `false`, or a mapping; the inner nil is for what fetches nothing.
  /// - Parameter channels: Nil with errors.
  mutating func fetch(_ node: Node, _ channels: [Settings.Channel]?) -> Settings.Fetch?? {
    if node.kind == .scalar, node.style == .plain, node.text == "false" { return .some(nil) }
    guard let fetch = fetchSettings(node) else { return nil }
    if let channels, !channels.contains(where: { fetch.brings($0.branch) }) {
      diagnostics.error(
        at: node, "\"fetch\" brings the branches of \(fetch.remote) alone, and no channel follows one",
        remedy: "write branch: \(fetch.remote)/NAME in a channel, such as branch: "
          + "\(fetch.remote)/\(channels[0].branch), or remove fetch")
      return nil
    }
    if let head = channels?.first(where: { $0.branch == "\(fetch.remote)/HEAD" }) {
      diagnostics.error(
        at: node, "\"fetch\" can't bring \(head.branch), which no remote has as a branch",
        remedy: "write branch: \(fetch.remote)/NAME with the name of the branch that it stands for")
      return nil
    }
    return fetch
  }

  private mutating func fetchSettings(_ node: Node) -> Settings.Fetch? {
    if node.kind == .scalar, node.style == .plain, node.text == "true" { return Settings.Fetch() }
    guard node.kind == .mapping else {
      // Not what it says: that may be an address with a password.
      diagnostics.error(
        at: node, "\"fetch\" takes true, false or a mapping",
        remedy: "write fetch: true, or fetch: {remote: origin, interval: 1m}")
      return nil
    }
    guard var fields = Fields(node, of: "\"fetch\"", &diagnostics) else { return nil }
    let remote = optional("remote", "origin", &fields) { $0.remoteName($1) }
    let interval = optional("interval", Settings.Fetch.defaultInterval, &fields) {
      $0.duration($1, "\"interval\"", in: .seconds(10)...(.seconds(86_400)))
    }
    let timeout = optional("timeout", Settings.Fetch.defaultTimeout, &fields) {
      $0.duration($1, "\"timeout\"", in: .seconds(1)...(.seconds(86_400)))
    }
    fields.finish(&diagnostics)
    guard let remote, let interval, let timeout else { return nil }
    return Settings.Fetch(remote: remote, interval: interval, timeout: timeout)
  }

  /// A part of refs/remotes/NAME/… (git-remote(1)), never an address, which may have a password.
  private mutating func remoteName(_ node: Node) -> String? {
    guard let text = node.name("\"remote\"", &diagnostics) else { return nil }
    if text.isBranchName { return text }
    diagnostics.error(
      at: node, "\"remote\" is not the name of a remote",
      remedy:
        "write a name that git remote lists in the checkout, such as origin; its address is git's to know")
    return nil
  }
}
