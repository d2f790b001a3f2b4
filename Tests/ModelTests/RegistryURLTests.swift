import Model
import TestSupport
import Testing

@Suite struct RegistryURLTests {
  @Test(arguments: [
    "", "registry.example.com", "ftp://a", "https://", "https://user:pass@a", "https://a/path", "https://a?b",
    "https://a#b", "https://a:", "https://a:0", "https://a:70000", "https://a b", "https://[::1",
    "https://[::1]x",
    "https://ä.example",
  ])
  func isRefused(_ text: String) {
    #expect(throws: InvalidValue.self) { try RegistryURL(text) }
  }

  @Test func isWrittenOneWay() throws {
    #expect(
      try RegistryURL("HTTPS://Registry.Example:5000/").description == "https://registry.example:5000")
    #expect(try RegistryURL("http://my_registry").description == "http://my_registry")
    #expect(try RegistryURL("http://[::1]:5000").host == "[::1]")
    #expect(try RegistryURL("http://[::1]:5000").port == 5000)
  }

  @Test func aPasswordIsNotShown() {
    let error = #expect(throws: InvalidValue.self) {
      try RegistryURL("https://me:\(testSecret())@r.example/team")
    }
    #expect(error?.description.contains(Secrets.marker) == false)
  }
}
