import HTTPClient
import Model

/// What goes wrong with one request.
enum Fault: Hashable, Sendable {
  /// What the client gets in place of the answer.
  enum Answer: Hashable, Sendable, CaseIterable {
    case unauthorized, forbidden, page404, requestTimeout, tooMany, tooManyForSeconds, tooManyUntil,
      internalError
    case badGateway, unavailable, unavailableForSeconds, gatewayTimeout, reset, stall, page200
  }

  /// The request never gets to the registry.
  case lost(Answer)
  /// It takes effect, and the client is told something else.
  case answerLost(Answer)
  /// It takes effect after so many further requests, and the client is told something else.
  case delayed(Int, Answer)
  /// It takes effect, and once more after so many further requests.
  case duplicated(Int)
  case bodyCutShort
  /// Another digest in the answer's header.
  case wrongDigest
  case wrongBytes

  /// - Parameter isWrite: it has an effect that can come late, or twice.
  static func random(isWrite: Bool, using random: inout SeededGenerator) -> Fault {
    let answer = Answer.allCases.randomElement(using: &random)!
    switch Int.random(in: 0..<(isWrite ? 9 : 6), using: &random) {
    case 0, 1: return .lost(answer)
    case 2: return .answerLost(answer)
    case 3: return .bodyCutShort
    case 4: return .wrongDigest
    case 5: return .wrongBytes
    case 6: return .duplicated(.random(in: 1...12, using: &random))
    case 7: return .delayed(.random(in: 1...12, using: &random), answer)
    default: return .answerLost(answer)
    }
  }
}

extension Fault.Answer {
  var reply: ScriptedReply {
    switch self {
    case .unauthorized: .response(401)
    case .forbidden: .response(403, body: #"{"errors":[{"code":"DENIED","message":"fault"}]}"#)
    case .page404: .response(404, [("Content-Type", "text/html")], body: "<html>not found</html>")
    case .requestTimeout: .response(408)
    case .tooMany: .response(429)
    case .tooManyForSeconds: .response(429, [("Retry-After", "5")])
    case .tooManyUntil:
      .response(
        429,
        [("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Retry-After", "Sunday, 06-Nov-94 08:51:37 GMT")])
    case .internalError: .response(500, body: #"{"errors":[{"code":"UNKNOWN","message":"fault"}]}"#)
    case .badGateway: .response(502, [("Content-Type", "text/html")], body: "<html>bad gateway</html>")
    case .unavailable: .response(503)
    case .unavailableForSeconds: .response(503, [("Retry-After", "3")])
    case .gatewayTimeout: .response(504)
    case .reset: .reset
    case .stall: .stall
    case .page200: .response(200, [("Content-Type", "text/html")], body: "<html>log in</html>")
    }
  }
}
