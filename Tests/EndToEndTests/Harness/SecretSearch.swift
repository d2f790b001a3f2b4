import FoundationEssentials
import TestSupport

/// Looks for passwords and tokens in all that the program wrote.
enum SecretSearch {
  /// One for each text that has a secret. It names the line and does not show it.
  static func findings(in texts: [(what: String, text: String)]) -> [String] {
    texts.compactMap { what, text in
      Secrets.firstLine(in: text).map { "line \($0) of \(what) has a secret" }
    }
  }

  /// Of a file, or a folder with all that is in it; there may be none.
  static func findings(at path: String) -> [String] {
    let inside = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    return findings(
      in: ([path] + inside.map { "\(path)/\($0)" }).compactMap { path in
        FileManager.default.contents(atPath: path).map { (path, String(decoding: $0, as: UTF8.self)) }
      })
  }
}
