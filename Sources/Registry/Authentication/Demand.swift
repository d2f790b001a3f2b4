import Model

/// What a registry asks for before it answers.
enum Demand: Hashable, Sendable {
  /// A name and a password with each request (RFC 7617).
  case basic
  /// A token of `realm`'s (RFC 6750; distribution's token specification).
  case bearer(TokenScope)

  /// A token of a service that gets no credentials.
  case refused(RealmRefused)

  /// The origin of the token service; nil where none is asked.
  var tokenService: String? { if case .bearer(let scope) = self { scope.realm.origin } else { nil } }

  /// What is asked for by the challenges of one answer; nil where none is known here. Where both schemes are offered, as
  /// ACR does, the password goes to the token service alone.
  init?(_ challenges: [Challenge], from registry: RegistryURL) {
    for challenge in challenges where challenge.scheme == "bearer" {
      guard let realm = challenge.parameters["realm"] else { continue }
      do {
        self = .bearer(
          TokenScope(
            realm: try TokenRealm(realm, for: registry), service: challenge.parameters["service"],
            scope: challenge.parameters["scope"]))
      } catch {
        self = .refused(error)
      }
      return
    }
    guard challenges.contains(where: { $0.scheme == "basic" }) else { return nil }
    self = .basic
  }
}

/// What a token is asked for: the words of the challenge, never our own.
struct TokenScope: Hashable, Sendable {
  let realm: TokenRealm
  let service: String?
  /// One or more, between spaces (RFC 6750 section 3); nil where the challenge names none.
  let scope: String?
  /// The same in one order. † distribution names the actions of one scope in an order that changes with each answer.
  private let sorted: [String]

  init(realm: TokenRealm, service: String?, scope: String?) {
    self.realm = realm
    self.service = service
    self.scope = scope
    sorted = (scope ?? "").split(separator: " ").map { item in
      let colon = item.lastIndex(of: ":").map { item.index(after: $0) } ?? item.startIndex
      return item[..<colon] + item[colon...].split(separator: ",").sorted().joined(separator: ",")
    }.sorted()
  }

  static func == (a: Self, b: Self) -> Bool {
    a.realm == b.realm && a.service == b.service && a.sorted == b.sorted
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(realm)
    hasher.combine(service)
    hasher.combine(sorted)
  }
}
