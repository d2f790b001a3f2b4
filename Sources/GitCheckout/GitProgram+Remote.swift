import LinuxSystem

extension GitProgram {
  /// git(1), git-config(1): what people set so that git gets at a remote, and past its proxies, without asking.
  static func isTransport(_ variable: String) -> Bool {
    transportVariables.contains(variable) || transportPrefixes.contains { variable.hasPrefix($0) }
  }

  private static let transportVariables: Set = [
    "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_ALLOW_PROTOCOL",
    // Where credential helpers, addresses and proxies are configured.
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
  ]
  private static let transportPrefixes = ["GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_SSL_"]

  /// `command` for what speaks to a remote: by the user's own way, and without a terminal to ask on.
  func remoteCommand(in path: String, _ arguments: [String]) -> Command {
    var command = command(in: path, arguments)
    // A partial clone may need objects of its remote's to take others from it.
    for variable in ["GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL"] { command.environment[variable] = nil }
    command.environment.merge(transport) { $1 }
    // A desktop session's window, which git would open for a password.
    if command.environment["SSH_ASKPASS_REQUIRE"] == nil { command.environment["SSH_ASKPASS"] = nil }
    command.leavesTerminal = true
    return command
  }
}
