import HTTPClient
import Model

/// A token service's answer (distribution's token specification, "Token Response Fields").
struct TokenAnswer: Decodable, Redacted {
  let token: String
  /// In seconds; nil where the answer names none.
  let expiresIn: Double?

  private enum CodingKeys: String, CodingKey {
    case token
    case accessToken = "access_token"
    case expiresIn = "expires_in"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let named = try? fields.decodeIfPresent(String.self, forKey: .token)
    if let named, !named.isEmpty {
      token = named
    } else {
      token = try fields.decode(String.self, forKey: .accessToken)
    }
    // What is no number counts as missing.
    expiresIn = try? fields.decodeIfPresent(Double.self, forKey: .expiresIn)
  }

  /// 60 s is the life of a token that names none, and of one that names nothing sensible (the specification's minimum);
  /// 10 s at least, so that no pass asks for one token a request; a day at most.
  var life: Duration {
    guard let expiresIn, expiresIn > 0 else { return .seconds(60) }
    return .seconds(min(max(expiresIn, 10), 86_400))
  }
}
