import Model
import Testing

@Suite struct DigestTests {
  static let text = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

  @Test func readsAndWrites() throws {
    let digest = try Digest(Self.text)
    #expect(digest.description == Self.text)
    #expect(digest.short == "sha256:0123456789ab")
    #expect(
      Digest(bytes: (0..<32).map { UInt8([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef][$0 % 8]) })
        == digest)
  }

  @Test(arguments: [
    "", "sha256:", String(text.dropLast()), text + "0", text.uppercased(), "sha512:" + text.dropFirst(7),
    String(text.dropLast()) + "g",
  ])
  func isRefused(_ text: String) {
    #expect(throws: InvalidValue.self) { try Digest(text) }
  }

  @Test func theOrderIsThatOfTheText() throws {
    let smaller = try Digest("sha256:0" + String(repeating: "f", count: 63))
    let larger = try Digest("sha256:1" + String(repeating: "0", count: 63))
    #expect(smaller < larger)
  }
}

@Suite struct TimeTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-22T17:50:01.123Z", 1_795_369_801_123),
      ("2026-11-22T19:50:01.1239+02:00", 1_795_369_801_123), ("2024-02-29t12:00:00z", 1_709_208_000_000),
      ("1969-12-31T23:59:59.5Z", -500),
    ] as [(String, Int64)])
  func timestampsAreRead(_ text: String, _ milliseconds: Int64) throws {
    #expect(try Timestamp(text).milliseconds == milliseconds)
  }

  @Test(arguments: [
    "", "2026-11-22", "2026-11-22 17:50:01Z", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z",
    "2026-11-22T17:50:01", "2026-11-22T17:50:01.Z", "2026-11-22T17:50:01+0200", "2026-11-22T17:50:01+02:60",
  ])
  func timestampsAreRefused(_ text: String) {
    #expect(throws: InvalidValue.self) { try Timestamp(text) }
  }

  @Test func everyTextIsReadBack() throws {
    for milliseconds in stride(from: Int64(-62_000_000_000_000), to: 250_000_000_000_000, by: 987_654_321_123)
    {
      let timestamp = Timestamp(milliseconds: milliseconds)
      #expect(try Timestamp(timestamp.description) == timestamp)
    }
  }

  /// Git keeps any number of seconds; what RFC 3339 can't write is the nearest time that it can.
  @Test(
    arguments: [
      (.max, "9999-12-31T23:59:59.000Z"), (253_402_300_800, "9999-12-31T23:59:59.000Z"),
      (253_402_300_799, "9999-12-31T23:59:59.000Z"), (0, "1970-01-01T00:00:00.000Z"),
      (-62_167_219_200, "0000-01-01T00:00:00.000Z"), (-62_167_219_201, "0000-01-01T00:00:00.000Z"),
      (.min, "0000-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func secondsAreKeptWithinFourDigitsOfYears(_ seconds: Int64, _ text: String) throws {
    #expect(Timestamp(seconds: seconds).description == text)
    #expect(try Timestamp(text) == Timestamp(seconds: seconds))
  }

  @Test(arguments: ["2027-04-31", "2027-00-01", "2027-1-01", "27-01-01", "2027-13-01", "1900-02-29"])
  func daysAreRefused(_ text: String) {
    #expect(throws: InvalidValue.self) { try Day(text) }
  }
}

@Suite struct DesiredStateTests {
  @Test func entriesAreSortedAndFound() throws {
    let digest = try Digest(DigestTests.text)
    let keys = try ["b/z", "a/b", "b/a", "a/a"].map { text in
      let parts = text.split(separator: "/").map(String.init)
      return ImageKey(try RepositoryName(parts[0]), try ImageName(parts[1]))
    }
    let state = try DesiredState(keys.map { .init(key: $0, digest: digest) })
    #expect(state.entries.map(\.key.description) == ["a/a", "a/b", "b/a", "b/z"])
    for key in keys { #expect(state[key]?.key == key) }
    #expect(try state[ImageKey(RepositoryName("a"), ImageName("z"))] == nil)
    #expect(throws: InvalidValue.self) {
      try DesiredState((keys + [keys[0]]).map { .init(key: $0, digest: digest) })
    }
  }
}
