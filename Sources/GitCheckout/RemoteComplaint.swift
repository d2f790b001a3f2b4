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
    let text = lines.joined(separator: "; ").withoutUserinfo.printable
    return text.count > 500 ? "\(text.prefix(500))…" : text
  }

  private static let advice = [
    "hint: ", "warning: ", "Please make sure you have the correct access rights",
    "and the repository exists.",
  ]

  /// RFC 3986, section 3.2.1: tokens stand there, before or behind a colon, and passwords that hold an `@`.
  var withoutUserinfo: String {
    replacing(/([A-Za-z][A-Za-z0-9+.\-]*:\/\/)[^\s\/?#'"]*@/) { "\($0.output.1)(redacted)@" }
  }
}
