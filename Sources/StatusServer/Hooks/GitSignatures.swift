import Model

/// Whether a request is a forge's. Each form that is there has to be right: no wrong one is saved by another.
///
/// - GitHub: `X-Hub-Signature-256`, `sha256=` and the hex HMAC of the body ("Validating webhook deliveries").
/// - Gitea and Forgejo: `X-Gitea-Signature`, `X-Forgejo-Signature`, the hex HMAC alone ("Webhooks"); they send GitHub's too.
/// - GitLab: `X-Gitlab-Token`, the secret itself; with a signing token, Standard Webhooks 1.0.0: `webhook-signature` has
///   `v1,` and the base64 HMAC of `ID.TIMESTAMP.BODY`, several separated by blanks, one of which has to be right.
struct GitSignatures {
  /// How far a `webhook-timestamp` may be from our clock (Standard Webhooks, "Verifying timestamp", and GitLab's own).
  static let tolerance: Duration = .seconds(300)

  let secret: HookSecret
  let now: Timestamp

  /// What is wrong, for the log alone; nil where the request is right.
  func fault(of request: IncomingRequest) -> String? {
    let hex = hmacSHA256(request.body, key: secret.bytes).hex
    let forms: [(header: String, isRight: (String) -> Bool)] = [
      ("X-Hub-Signature-256", { isEqualInConstantTime(Array($0.utf8), Array("sha256=".utf8) + hex) }),
      ("X-Gitea-Signature", { isEqualInConstantTime(Array($0.utf8), hex) }),
      ("X-Forgejo-Signature", { isEqualInConstantTime(Array($0.utf8), hex) }),
      ("X-Gitlab-Token", { secret.isText($0.utf8) }),
    ]
    var isSigned = false
    for form in forms {
      for value in request.values(of: form.header) {
        guard form.isRight(value) else { return "\(form.header) is wrong" }
        isSigned = true
      }
    }
    if Self.standardHeaders.contains(where: { !request.values(of: $0).isEmpty }) {
      if let fault = standardFault(of: request) { return fault }
      isSigned = true
    }
    return isSigned ? nil : "it has no signature"
  }

  private static let standardHeaders = ["webhook-id", "webhook-timestamp", "webhook-signature"]

  private func standardFault(of request: IncomingRequest) -> String? {
    let values = Self.standardHeaders.map { request.values(of: $0) }
    guard values.allSatisfy({ $0.count == 1 }) else {
      return "not each of \(Self.standardHeaders.joined(separator: ", ")) is there once"
    }
    guard let key = secret.signingKey else {
      return "webhook-signature takes a signing token, \(HookSecret.signingPrefix)…, and the secret is none"
    }
    let (id, time, signatures) = (values[0][0], values[1][0], values[2][0])
    guard time.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(time),
      abs(seconds - now.milliseconds / 1000) <= Self.tolerance.components.seconds
    else { return "webhook-timestamp is more than 5 minutes from this machine's clock" }
    let signed = Array("\(id).\(time).".utf8) + request.body
    let right = Array("v1,".utf8) + hmacSHA256(signed, key: key).base64
    let isRight = signatures.split(separator: " ").contains { isEqualInConstantTime(Array($0.utf8), right) }
    return isRight ? nil : "webhook-signature is wrong"
  }
}
