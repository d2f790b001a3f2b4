import Testing

@testable import HTTPClient

@Suite struct AddressTests {
  @Test(arguments: [
    (
      "https://Registry.example:5000/v2/a?n=1", "https://registry.example:5000",
      "GET Registry.example:5000/v2/a"
    ),
    ("http://user:p@ss@host/v2/#x", "http://host", "GET host/v2/"),
    ("http://host?token=t", "http://host", "GET host"),
    ("host/path", "://host", "GET host/path"),
  ])
  func originAndOperation(url: String, origin: String, operation: String) {
    let request = HTTPRequest(.get, url)
    #expect(request.origin == origin)
    #expect(request.operation == operation)
  }

  @Test func secure() {
    #expect(HTTPRequest(.get, "HTTPS://a/").isSecure && !HTTPRequest(.get, "http://https:/").isSecure)
  }

  @Test func durationsRoundUp() {
    #expect(Duration.zero.wholeMilliseconds == 1)
    #expect(Duration.microseconds(1001).wholeMilliseconds == 2)
    #expect(Duration.milliseconds(1001).wholeSeconds == 2)
    #expect(Duration.seconds(30).wholeSeconds == 30)
  }
}
