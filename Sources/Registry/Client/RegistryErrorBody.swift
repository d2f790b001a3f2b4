import HTTPClient
import Model

/// The `errors` of a registry's answer (OCI distribution-spec, "Error Codes").
struct RegistryErrorBody: Decodable {
  struct Entry: Decodable {
    let code: String
    let message: String?

    /// ` DENIED "no access"`
    fileprivate func text(without secrets: HTTPResponse.Secrets?) -> String {
      let code = code.isEmpty ? "" : " " + code.without(secrets).quoted.dropFirst().dropLast()
      let message = message?.without(secrets)
      return code
        + (message.map { " \"\($0.beginning.printable)\($0.unicodeScalars.count > 500 ? "…" : "")\"" } ?? "")
    }
  }

  let errors: [Entry]

  /// Nil where the answer is no registry's error.
  init?(_ response: HTTPResponse) {
    guard response.body.count <= 1 << 20, let body = Self(json: response.body), !body.errors.isEmpty else {
      return nil
    }
    self = body
  }

  func has(_ codes: String...) -> Bool { errors.contains { codes.contains($0.code) } }
}

extension HTTPResponse {
  /// A page for people: what a captive portal, a proxy or a load balancer says.
  var isHTML: Bool {
    headers["Content-Type"]?.lowercased().hasPrefix("text/html") == true || body.first == UInt8(ascii: "<")
  }

  /// What a header has, safe to print: `"…"`, without what the request was sent with.
  func quoted(_ value: some StringProtocol) -> String { String(value).without(secrets).quoted }

  /// The status and the registry's own words, safe to print: `403 DENIED "no access"`. Of many errors the first three
  /// that differ: it is they that tell an immutable tag, for which no code is common.
  var summary: String {
    if let body = RegistryErrorBody(self) {
      var seen: Set<String> = []
      let texts = body.errors.map { $0.text(without: secrets) }.filter { seen.insert($0).inserted }
      let rest = texts.count > 3 ? " and \(texts.count - 3) more errors" : ""
      return "\(status)\(texts.prefix(3).joined(separator: ","))\(rest)"
    }
    return isHTML ? "\(status) and a page of HTML" : "\(status)"
  }
}

extension String {
  /// Of scalars: one character may have any number of them.
  fileprivate var beginning: String { String(String.UnicodeScalarView(unicodeScalars.prefix(500))) }

  fileprivate func without(_ secrets: HTTPResponse.Secrets?) -> String { secrets?.redacted(self) ?? self }
}
