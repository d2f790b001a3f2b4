import CCurl

/// How the server of a request is checked, and what it is shown. Files in PEM form; libcurl reads them anew for each
/// connection.
package struct TLSOptions: Hashable, Sendable {
  /// Certificates of authorities that are trusted beside the system's.
  package var caFile: String?
  /// What the server is shown where it asks for a certificate.
  package var clientCertificate: String?
  /// Its private key, without a passphrase; nil where the certificate's file has it.
  package var clientKey: String?

  package init(caFile: String? = nil, clientCertificate: String? = nil, clientKey: String? = nil) {
    self.caFile = caFile
    self.clientCertificate = clientCertificate
    self.clientKey = clientKey
  }

  /// For another server, which is not to see who is asking.
  package var withoutClientCertificate: TLSOptions { TLSOptions(caFile: caFile) }
}

extension Transfer {
  /// libcurl shares no connection between requests whose options differ.
  func set(_ tls: TLSOptions) {
    if let file = tls.caFile {
      // In the place of libcurl's bundle of roots. Its folder of the same roots (CURLOPT_CAPATH(3)) stays in use.
      _ = shim_setopt_ptr(easy, CURLOPT_CAINFO, file)
      // libcurl would keep what it read for a day.
      _ = shim_setopt_long(easy, CURLOPT_CA_CACHE_TIMEOUT, 60)
    }
    guard let certificate = tls.clientCertificate else { return }
    _ = shim_setopt_ptr(easy, CURLOPT_SSLCERT, certificate)
    _ = shim_setopt_ptr(easy, CURLOPT_SSLKEY, tls.clientKey ?? certificate)
    // OpenSSL would ask the terminal for a passphrase.
    _ = shim_setopt_ptr(easy, CURLOPT_KEYPASSWD, "")
  }
}
