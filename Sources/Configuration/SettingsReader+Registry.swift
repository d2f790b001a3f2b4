import Model
import YAML

extension SettingsReader {
  mutating func registryURL(_ node: Node, allowsPlainHTTP: Bool) -> RegistryURL? {
    guard let text = node.name("\"registry\"", &diagnostics) else { return nil }
    do throws(InvalidValue) {
      let url = try RegistryURL(text)
      if url.scheme == .https || url.isLoopback || allowsPlainHTTP { return url }
      diagnostics.error(
        at: node, "\(url) would be reached without encryption",
        remedy: "write https://, or plainHTTP: true where that is meant")
    } catch {
      diagnostics.error(at: node, error.problem, remedy: error.remedy)
    }
    return nil
  }

  /// Nil without credentials, and with errors where they are incomplete.
  mutating func credentials(_ fields: inout Fields) -> Settings.Credentials? {
    let name = fields.take("username", &diagnostics)
    let variable = fields.take("usernameEnv", &diagnostics)
    let password = fields.take("passwordEnv", &diagnostics)
    if let name, let variable {
      let note = diagnostics.note(at: name, "the name itself is here")
      diagnostics.error(
        at: variable, "\"usernameEnv\" stands beside \"username\"", remedy: "keep one of the two",
        notes: [note])
    }
    if password == nil, let node = name ?? variable {
      diagnostics.error(
        at: node, "a username stands without \"passwordEnv\"",
        remedy: "write passwordEnv: and the name of an environment variable that has the password")
    }
    if let password, name == nil, variable == nil {
      diagnostics.error(
        at: password, "\"passwordEnv\" stands without a username",
        remedy: "write username: or usernameEnv: too")
    }
    let passwordVariable = password.flatMap { variableName($0, "\"passwordEnv\"") }
    var username: Settings.Credentials.Username?
    if let name {
      username = self.username(name)
    } else if let variable {
      username = variableName(variable, "\"usernameEnv\"").map { .variable($0) }
    }
    guard let username, let passwordVariable else { return nil }
    return Settings.Credentials(username: username, passwordVariable: passwordVariable)
  }

  private mutating func username(_ node: Node) -> Settings.Credentials.Username? {
    guard let text = node.name("\"username\"", &diagnostics) else { return nil }
    // RFC 7617, 2: a colon would end the name within the credentials.
    if !text.isEmpty, text.unicodeScalars.allSatisfy({ $0 != ":" && $0.value >= 0x20 && $0.value != 0x7F }) {
      return .text(text)
    }
    diagnostics.error(
      at: node, "\(text.quoted) is not a username", remedy: "write one without a colon and control characters"
    )
    return nil
  }

  /// A name as POSIX has it (Base Definitions, 8.1). The message never has the text: it may be the secret itself.
  private mutating func variableName(_ node: Node, _ what: String) -> String? {
    guard let text = node.name(what, &diagnostics) else { return nil }
    if text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil { return text }
    diagnostics.error(
      at: node, "\(what) takes the name of an environment variable",
      remedy: "write its name alone, such as REGISTRY_PASSWORD; never the secret itself")
    return nil
  }
}
