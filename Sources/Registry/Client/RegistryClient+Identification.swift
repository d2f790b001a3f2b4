import HTTPClient
import Model

extension RegistryClient {
  /// Returns once `/v2/` has shown that the host is a registry; asks once in a process.
  /// - Throws: `RegistryError`, of kind `notARegistry` where something else answers.
  package func identify() async throws(RegistryError) {
    try await identification.confirm { [self] () async throws(RegistryError) in
      let request = request(.get, "", Access(.identify, nil), maximumBodySize: 1 << 20)
      let response = try await send(request)
      guard !Self.isRegistry(response) else { return }
      guard response.status < 500, ![403, 429].contains(response.status) else {
        throw failure(response, to: request)
      }
      throw RegistryError(
        .notARegistry,
        "\(request.operation): what answers is not a registry (\(response.summary)); check the address, http "
          + "or https, and whether a proxy or a portal stands before it")
    }
  }

  /// 200 or 401 by which a registry is told from a portal or a plain web server (OCI distribution-spec,
  /// "Determining Support"; the header is older and nearly all still send it: distribution, zot, Harbor, Quay,
  /// ECR, ACR, GHCR, Google).
  static func isRegistry(_ response: HTTPResponse) -> Bool {
    guard response.status == 200 || response.status == 401 else { return false }
    let versions = response.headers.values("Docker-Distribution-Api-Version")
    if versions.contains(where: { $0.lowercased().hasPrefix("registry/2.") }) { return true }
    if response.status == 200 { return response.body.isEmptyJSONObject }
    // A Basic challenge alone could be any proxy's; a Bearer challenge with a realm is a token service's.
    let challenges = response.headers.values("WWW-Authenticate").map { $0.lowercased() }
    return challenges.contains { $0.hasPrefix("bearer ") && $0.contains("realm=") }
      || challenges.contains { $0.hasPrefix("basic") } && RegistryErrorBody(response) != nil
  }

  /// Returns where a 404 means that there is nothing: from a registry, and not by a page or a text of what stands before
  /// it, which answers in its place while it is restarted.
  /// - Throws: `RegistryError` where it may mean anything else.
  func believe(_ absence: HTTPResponse, to request: RegistryRequest) async throws(RegistryError) {
    guard !absence.isHTML else { throw pageInstead(absence, of: request) }
    guard !absence.isTextOfOthers else { throw notARegistry(absence, to: request, "a text that is") }
    try await identify()
  }

  /// Returns where a success is a registry's. A portal answers 200 to everything, with a page; Quay only calls an empty
  /// body HTML.
  /// - Throws: `RegistryError`.
  func requireNoPage(_ success: HTTPResponse, to request: RegistryRequest) throws(RegistryError) {
    if success.body.first == UInt8(ascii: "<") { throw pageInstead(success, of: request) }
  }

  func pageInstead(_ response: HTTPResponse, of request: RegistryRequest) -> RegistryError {
    notARegistry(response, to: request, "a page of HTML, which is")
  }

  private func notARegistry(
    _ response: HTTPResponse, to request: RegistryRequest, _ what: String
  ) -> RegistryError {
    RegistryError(
      .notARegistry,
      "\(request.operation): answered \(response.status) with \(what) not a registry's; check whether a proxy or a portal "
        + "stands before \(address.authority)")
  }
}

extension HTTPResponse {
  /// A body that is no JSON object, as all errors of registries are, by what does not call itself a registry.
  fileprivate var isTextOfOthers: Bool {
    guard let first = body.first(where: { $0 > UInt8(ascii: " ") }) else { return false }
    return first != UInt8(ascii: "{") && headers["Docker-Distribution-Api-Version"] == nil
  }
}

extension [UInt8] {
  /// `{}`, with any blanks.
  fileprivate var isEmptyJSONObject: Bool {
    filter { $0 > UInt8(ascii: " ") }.elementsEqual("{}".utf8)
  }
}
