import Model
import Testing

@testable import Registry

@Suite struct TokenRealmTests {
  private func refusal(_ realm: String, of registry: String) throws -> String? {
    do {
      _ = try TokenRealm(realm, for: try RegistryURL(registry))
      return nil
    } catch let error as RealmRefused {
      return error.description
    }
  }

  @Test(arguments: [
    ("https://auth.docker.io/token", "https://registry-1.docker.io"),
    ("https://r.example/service/token?x=1", "https://r.example"),
    ("HTTPS://R.Example:5000", "https://r.example"),
    ("https://r.example./t", "https://r.example"), ("https://[2001:db8::1]/t", "https://r.example"),
    ("http://127.0.0.1:5001/token", "http://127.0.0.1:5000"), ("http://localhost/t", "http://127.0.0.1:5000"),
    ("http://[::1]/t", "http://localhost"), ("https://gitlab.example/jwt/auth", "http://127.0.0.1:5000"),
    ("https://10.0.0.1/t", "https://r.example"), ("https://169.254.1.1/t", "https://169.254.2.2"),
    ("https://1.2.3.4.example/t", "https://r.example"), ("https://localhost.example/t", "https://r.example"),
  ])
  func isTrusted(_ realm: String, _ registry: String) throws {
    #expect(try refusal(realm, of: registry) == nil)
  }

  @Test(arguments: [
    "http://auth.example/token", "ftp://auth.example", "auth.example/token", "", "https://", "https:///token",
    "https://user@auth.example/", "https://auth.example/#x", "https://a b.example/",
    "https://auth.example\\@evil/",
    "https://aüth.example/", "https://%6c%6fcalhost/", "https://auth.example:99999/", "https://127。0。0。1/",
    "https://127.0.0.1/", "https://127.1/", "https://0x7f.1/", "https://0177.0.0.1/", "https://2130706433/",
    "https://127.255.255.254/", "https://0/", "https://0.0.0.0/", "https://[::]/", "https://[::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[0:0:0:0:0:0:0:1]:443/", "https://localhost/", "https://LOCALHOST./", "https://a.localhost/",
    "https://localhost.localdomain/", "https://ip6-localhost/", "https://169.254.169.254/latest",
    "https://0xa9fea9fe/",
    "https://[fe80::1]/", "https://[febf::1]/", "https://[::ffff:169.254.169.254]/", "https://127.0.0.1./",
  ])
  func isRefused(_ realm: String) throws {
    #expect(try refusal(realm, of: "https://registry.example.com") != nil)
  }

  @Test func aRefusalSaysWhy() throws {
    #expect(
      try refusal("http://a.example/t?account=x", of: "https://r.example")
        == "the registry names the token service \"http://a.example/t\": the registry is on https, and a password "
        + "would go unencrypted")
    #expect(
      try refusal("https://127.1/t", of: "https://r.example")
        == "the registry names the token service \"https://127.1/t\": it is a loopback address")
    #expect(
      try refusal("https://169.254.169.254/", of: "http://127.0.0.1")
        == "the registry names the token service \"https://169.254.169.254/\": it is a link-local address")
  }

  @Test func theRegistrysOwnOrigin() throws {
    let registry = try RegistryURL("https://r.example")
    #expect(registry.isOrigin(of: try TokenRealm("https://R.example:443/t", for: registry).url))
    for other in ["https://r.example:444/t", "https://a.example/t"] {
      #expect(!registry.isOrigin(of: try TokenRealm(other, for: registry).url))
    }
  }
}
