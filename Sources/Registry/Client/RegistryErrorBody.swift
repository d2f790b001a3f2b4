import HTTPClient
import Model

/// The `errors` of a registry's answer (OCI distribution-spec, "Error Codes").
struct RegistryErrorBody: Decodable {
  struct Entry: Decodable {
    let code: String
    let message: String?
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

  /// The status and the registry's own words, safe to print: `403 DENIED "no access"`.
  var summary: String {
    if let error = RegistryErrorBody(self)?.errors.first {
      let code = error.code.isEmpty ? "" : " " + error.code.quoted.dropFirst().dropLast()
      return "\(status)\(code)\(error.message.map { " " + $0.quoted } ?? "")"
    }
    return isHTML ? "\(status) and a page of HTML" : "\(status)"
  }
}
