import LinuxSystem

/// A private authority in a folder, and what it signed, made by openssl(1).
package struct Certificates: Sendable {
  private let folder: TemporaryDirectory

  /// Of the authority.
  package var authority: String { folder("ca.pem") }
  package func certificate(_ name: String) -> String { folder("\(name).pem") }
  package func key(_ name: String) -> String { folder("\(name).key") }

  package init(in folder: TemporaryDirectory) async throws {
    self.folder = folder
    try await openssl(
      ["req", "-x509", "-days", "30", "-subj", "/CN=test authority", "-out", authority] + newKey("ca"))
  }

  /// A certificate of `name` for 127.0.0.1.
  /// - Parameter days: From now on; negative for one that has expired.
  package func issue(_ name: String, days: Int = 30) async throws {
    let extensions = try folder.write("subjectAltName=IP:127.0.0.1\n", to: "\(name).ext")
    try await openssl(["req", "-subj", "/CN=\(name)", "-out", folder("\(name).csr")] + newKey(name))
    try await openssl([
      "x509", "-req", "-in", folder("\(name).csr"), "-CA", authority, "-CAkey", key("ca"), "-CAcreateserial",
      "-days", "\(days)", "-extfile", extensions, "-out", certificate(name),
    ])
  }

  /// RSA, because docker-registry takes tokens that are signed so.
  private func newKey(_ name: String) -> [String] {
    ["-newkey", "rsa:2048", "-nodes", "-keyout", key(name)]
  }

  private func openssl(_ arguments: [String]) async throws {
    let done = try await ChildProcess.run(
      Command("openssl", arguments, environment: ["HOME": folder.path]), timeout: .seconds(60))
    guard done.termination.isSuccess else {
      throw OpenSSLFailed(words: String(decoding: done.errorOutput, as: UTF8.self))
    }
  }
}

private struct OpenSSLFailed: Error, CustomStringConvertible {
  let words: String

  var description: String { "openssl failed: \(words)" }
}
