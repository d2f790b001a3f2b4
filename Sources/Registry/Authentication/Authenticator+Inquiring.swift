import HTTPClient
import Model

extension Authenticator {
  /// Asks what the registry wants by now, where `demand` could not be met: what it once asked for may have been somebody's
  /// mistake, or its token service has moved. Where it wants something else, accesses are asked anew.
  ///
  /// The question is `GET /v2/` without credentials: its answer is taken for nothing else. That the registry wants nothing
  /// there says nothing of its repositories, but where there is nothing to show them either. Where a password was shown
  /// with each request, requests without one might find nothing that is hidden from others: they go on with it.
  func inquire(about demand: Demand, _ credentials: RegistryCredentials) async {
    guard demand != .basic || !grants.hasHadPassword else { return }
    var request = HTTPRequest(.get, "\(registry)/v2/", maximumBodySize: 1 << 20, timeouts: service.timeouts)
    request.tls = service.tls
    guard let response = try? await service.transport.send(request), !response.isRedirected,
      RegistryClient.isRegistry(response)
    else { return }
    let wanted = response.status == 401 ? Demand(Challenge.all(in: response.headers), from: registry) : nil
    let isOther =
      wanted.map { !$0.isMet(where: demand) } ?? (response.status == 200 && !credentials.meet(demand))
    if isOther { grants.end { $0.isMet(where: demand) } }
  }
}

extension Demand {
  /// Whether it is met at the same place as `other`, whatever the scope.
  fileprivate func isMet(where other: Demand) -> Bool {
    switch (self, other) {
    case (.basic, .basic): true
    case (.bearer(let scope), .bearer(let other)): scope.realm == other.realm
    case (.refused(let realm), .refused(let other)): realm == other
    default: false
    }
  }
}

extension RegistryCredentials {
  /// Whether there is anything to meet `demand` with.
  fileprivate func meet(_ demand: Demand) -> Bool {
    switch kind {
    case .password: true
    case .identityToken, .registryToken: demand != .basic
    case .anonymous: false
    }
  }
}
