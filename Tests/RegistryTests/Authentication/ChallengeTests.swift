import HTTPClient
import TestSupport
import Testing

@testable import Registry

@Suite struct ChallengeTests {
  @Test(arguments: [
    // distribution
    (
      #"Bearer realm="https://a.example/token",service="r.example",scope="repository:a/b:pull,push""#,
      [
        "bearer": [
          "realm": "https://a.example/token", "service": "r.example", "scope": "repository:a/b:pull,push",
        ]
      ]
    ),
    // ECR
    (
      #"Basic realm="https://1.dkr.ecr.eu.amazonaws.com/",service="ecr.amazonaws.com""#,
      ["basic": ["realm": "https://1.dkr.ecr.eu.amazonaws.com/", "service": "ecr.amazonaws.com"]]
    ),
    // Several in one field; a scheme without parameters before one that has them.
    (
      #"Negotiate, BASIC Realm=x , bearer realm = "y""#,
      ["negotiate": [:], "basic": ["realm": "x"], "bearer": ["realm": "y"]]
    ),
    (#"Bearer realm="a \"b\" \\c, Basic d=e""#, ["bearer": ["realm": #"a "b" \c, Basic d=e"#]]),
    (#"Bearer realm="first",realm="second""#, ["bearer": ["realm": "first"]]),
    ("Bearer", ["bearer": [:]]), (",, Basic ,", ["basic": [:]]), ("", [:]), ("=", [:]), ("\"Bearer\"", [:]),
    (#"Bearer realm="no end"#, ["bearer": [:]]),
    (#"Bearer @@@, Basic realm="x""#, ["bearer": [:], "basic": ["realm": "x"]]),
    (
      #"Bearer realm="x",error="insufficient_scope""#,
      ["bearer": ["realm": "x", "error": "insufficient_scope"]]
    ),
  ])
  func isRead(_ field: String, _ expected: [String: [String: String]]) {
    let read = ChallengeParser.challenges(in: field)
    #expect(Dictionary(uniqueKeysWithValues: read.map { ($0.scheme, $0.parameters) }) == expected)
  }

  @Test func whatStandsInTheParametersPlaceIsPassedOver() {
    #expect(
      ChallengeParser.challenges(in: #"Negotiate SECRET+/==, Bearer realm="x""#)
        == [Challenge(scheme: "negotiate"), Challenge(scheme: "bearer", parameters: ["realm": "x"])])
  }

  @Test func severalFields() {
    let headers = HTTPHeaders(
      Array("WWW-Authenticate: Basic realm=\"a\"\r\nwww-authenticate: Bearer realm=\"b\"\r\n".utf8))
    #expect(
      Challenge.all(in: headers) == [
        Challenge(scheme: "basic", parameters: ["realm": "a"]),
        Challenge(scheme: "bearer", parameters: ["realm": "b"]),
      ])
  }

  /// What is written is read, in any layout that RFC 9110 allows.
  @Test(arguments: 0..<10 as Range<UInt64>) func anyListIsReadAsItWasMeant(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let names = ["realm", "service", "scope", "error", "x-y"]
    let characters = Array(#"abc ABC,="\ :/?é"#)
    for _ in 0..<200 {
      var meant: [Challenge] = []
      var text = ""
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let scheme = ["Bearer", "Basic", "Digest", "x"].randomElement(using: &random)!
        var parameters: [String: String] = [:]
        var words: [String] = []
        for name in names.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random)) {
          let value = String(
            (0..<Int.random(in: 0...6, using: &random)).map { _ in characters.randomElement(using: &random)! }
          )
          parameters[name] = value
          let equals = ["=", " = ", "= "].randomElement(using: &random)!
          let isPlain = !value.isEmpty && value.utf8.allSatisfy { "abcABC".utf8.contains($0) }
          let written =
            isPlain && Bool.random(using: &random)
            ? value : "\"\(value.replacing(#"\"#, with: #"\\"#).replacing("\"", with: "\\\""))\""
          words.append((Bool.random(using: &random) ? name.uppercased() : name) + equals + written)
        }
        meant.append(Challenge(scheme: scheme.lowercased(), parameters: parameters))
        text += [", ", ",", " ,, "].randomElement(using: &random)! + scheme
        if !words.isEmpty {
          text += " " + words.joined(separator: [",", ", ", " , "].randomElement(using: &random)!)
        }
      }
      #expect(ChallengeParser.challenges(in: text) == meant, "\(text)")
    }
  }

  /// Nothing crashes it, and no garbage takes long.
  @Test func garbageIsSurvived() {
    var random = SeededGenerator(seed: 1)
    let alphabet = Array(#"Bb "\,=@ré\#t"#)
    for _ in 0..<5000 {
      let text = String((0..<40).map { _ in alphabet.randomElement(using: &random)! })
      for found in ChallengeParser.challenges(in: text) { #expect(!found.scheme.isEmpty) }
    }
    _ = ChallengeParser.challenges(in: String(repeating: #"a="\"#, count: 1 << 20))
  }
}
