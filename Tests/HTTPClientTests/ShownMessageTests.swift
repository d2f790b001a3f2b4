import Testing
import TestSupport

@testable import HTTPClient

/// libcurl's own words, in the forms in which they come.
@Suite struct ShownMessageTests {
  @Test func aProxysPasswordIsNotShown() {
    let secret = testSecret()
    for message in [
      "Unsupported proxy syntax in 'http://user:\(secret)@proxy:99999'",
      "Unsupported proxy scheme for 'foo://user:a'\(secret)@proxy:1'",
      "Unsupported proxy 'https://user:\n\(secret)@proxy', libcurl is built without",
    ] {
      #expect(Transfer.shown(message) == "Unsupported proxy")
    }
  }

  @Test func otherWordsAreShownButForTheirTimes() {
    #expect(
      Transfer.shown("Failed to connect to proxy port 3128 after 12 ms: Couldn't connect to server")
        == "Failed to connect to proxy port 3128: Couldn't connect to server")
  }
}
