extension HTTPError {
  /// What mends it, where that is known. For TLS the words are OpenSSL's.
  var remedy: String? {
    switch code {
    case .resolve, .connect:
      "check the registry's URL, the network, and https_proxy, http_proxy and no_proxy where one is set"
    // libcurl's words for a proxy that opens no connection to the server.
    case .reset where message.contains("CONNECT tunnel failed"):
      "the proxy lets nothing through to it: check https_proxy and no_proxy"
    case .tls: Self.tlsRemedies.first { words, _ in words.contains { message.contains($0) } }?.remedy
    default: nil
    }
  }

  /// True for an alert by which the server says that it wants a certificate of the client. With TLS 1.3 it comes in the
  /// place of the answer, when the connection stands already (RFC 8446 section 6.2).
  static func wantsCertificate(_ message: String) -> Bool {
    certificateAlerts.contains { message.contains($0) }
  }

  private static let certificateAlerts = ["alert certificate required", "alert bad certificate"]

  private static let tlsRemedies: [(words: [String], remedy: String)] = [
    (
      ["wrong version number"],
      "the server does not speak TLS there: check the port, or write http://, for a source plainHTTP: true below hosts"
    ),
    (
      certificateAlerts + ["alert handshake failure", "alert unknown ca"],
      "the server may want another certificate of the client: check clientCertificate and clientKey"
    ),
    (
      ["unable to get local issuer certificate", "self-signed certificate", "self signed certificate"],
      "if the authority that signed the server's certificate is to be trusted, name its certificate in caFile, for a "
        + "source below hosts"
    ),
    (
      ["certificate has expired"],
      "renew the server's certificate, or that of its authority, or set this machine's clock"
    ),
    (["certificate is not yet valid"], "check the clocks of the server and of this machine"),
    (
      ["no alternative certificate subject name", "does not match target host name"],
      "the server's certificate is for other names: check the URL's host"
    ),
    (["error setting certificate file", "error adding trust anchors"], "check caFile"),
    (
      ["client certificate", "private key"],
      "check clientCertificate and clientKey: PEM, without a passphrase"
    ),
  ]
}
