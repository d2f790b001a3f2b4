import Model
import YAML

extension SettingsReader {
  /// For the keys that people try first.
  static let secretRemedies = [
    "password":
      "write passwordFile: and a path, or passwordEnv: and the name of an environment variable that has it",
    "token": "write tokenFile: and the path of a file that has it",
  ]

  /// Nil without credentials, and with errors where they are incomplete or more than one.
  mutating func credentials(_ fields: inout Fields) -> Settings.Credentials? {
    let name = fields.take("username", &diagnostics)
    let nameVariable = fields.take("usernameEnv", &diagnostics)
    let variable = fields.take("passwordEnv", &diagnostics)
    let file = fields.take("passwordFile", &diagnostics)
    let token = fields.take("tokenFile", &diagnostics)
    if let token {
      if let other = name ?? nameVariable ?? variable ?? file {
        exclude(token, "tokenFile", other, "a user name or a password")
      }
      return path(token, "tokenFile", "the path of a file that has the token").map { .tokenFile($0) }
    }
    if let name, let nameVariable { exclude(nameVariable, "usernameEnv", name, "\"username\"") }
    if let node = name ?? nameVariable, variable == nil, file == nil {
      diagnostics.error(
        at: node, "a username stands without a password",
        remedy: "write passwordFile: and a path, or passwordEnv: and the name of an environment variable")
    }
    if let node = variable ?? file, name == nil, nameVariable == nil {
      diagnostics.error(
        at: node, "\"\(variable == nil ? "passwordFile" : "passwordEnv")\" stands without a username",
        remedy: "write username: or usernameEnv: too")
    }
    let password = secret("password", file: file, variable: variable)
    guard let username = username(name, nameVariable), let password else { return nil }
    return .password(username, password)
  }

  private mutating func exclude(_ node: Node, _ key: String, _ other: Node, _ what: String) {
    let note = diagnostics.note(at: other, "the other is here")
    diagnostics.error(
      at: node, "\(key.quoted) stands beside \(what)", remedy: "keep one of the two", notes: [note])
  }

  /// What `NAMEFile` or `NAMEEnv` names; nil without either, and with errors.
  mutating func secret(_ name: String, file: Node?, variable: Node?) -> Settings.Secret? {
    if let variable, let file { exclude(file, "\(name)File", variable, "\"\(name)Env\"") }
    if let variable { return variableName(variable, "\"\(name)Env\"").map { .variable($0) } }
    return file.flatMap { path($0, "\(name)File", "the path of a file that has the \(name)") }.map {
      .file($0)
    }
  }

  private mutating func username(_ name: Node?, _ variable: Node?) -> Settings.Credentials.Username? {
    guard let name else {
      return variable.flatMap { variableName($0, "\"usernameEnv\"") }.map { .variable($0) }
    }
    guard let text = name.name("\"username\"", &diagnostics) else { return nil }
    // RFC 7617, 2: a colon would end the name within the credentials.
    if !text.isEmpty, text.unicodeScalars.allSatisfy({ $0 != ":" && $0.value >= 0x20 && $0.value != 0x7F }) {
      return .text(text)
    }
    diagnostics.error(
      at: name, "\"username\" is empty, or has a colon or a control character in it",
      remedy: "write the name alone; the password is named by passwordEnv: or passwordFile:"
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
