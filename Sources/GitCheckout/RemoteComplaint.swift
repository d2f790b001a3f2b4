import LinuxSystem
import Model

extension CompletedProcess {
  /// What a git that spoke to a remote, its transport and the remote said of why it failed: for people.
  var remoteComplaint: String {
    let said = errorText.remoteComplaint
    return said.isEmpty ? "git ended with \(termination)" : said
  }
}

extension String {
  /// In one line, without git's advice, control characters, and what may be a password in a URL.
  var remoteComplaint: String {
    let lines = split(whereSeparator: \.isNewline).filter { line in
      !line.allSatisfy(\.isWhitespace) && !Self.advice.contains { line.hasPrefix($0) }
    }
    let text = lines.joined(separator: "; ").withoutSecrets.printable
    // The reason comes last, behind banners and what the remote says.
    return text.count > 500 ? "…\(text.suffix(500))" : text
  }

  private static let advice = [
    "hint: ", "warning: ", "Please make sure you have the correct access rights",
    "and the repository exists.",
  ]

  /// Without userinfo and queries of URLs (RFC 3986, sections 3.2.1 and 3.4): both carry tokens. Passwords may hold
  /// an `@`, `/` or `?` that nobody escaped: the last `@` ends them.
  var withoutSecrets: String {
    replacing(/([A-Za-z][A-Za-z0-9+.\-]*:\/\/)[^\s'"]*@/) { "\($0.output.1)(redacted)@" }
      .replacing(/([A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\s'"?]*\?)[^\s'"]+/) { "\($0.output.1)(redacted)" }
  }
}
