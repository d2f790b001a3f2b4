import Model
import TestSupport
import Testing

@testable import Planning

@Suite struct RestraintsTests {
  private func change(_ image: String, _ action: Change.Action, _ cause: Change.Cause) throws -> Change {
    try Change(
      key: key("r/\(image)"), tag: TagName("\(image)-latest"), action: action, from: digest(1),
      to: action == .delete ? nil : digest(2), cause: cause)
  }

  private func suspension(_ image: String? = nil, channel: String? = nil, until: Int64? = nil) throws
    -> Suspension
  {
    try Suspension(
      channel: channel, image: image.map { try key("r/\($0)") }, reason: "an incident", author: "ada",
      since: Timestamp(milliseconds: 0), until: until.map { Timestamp(milliseconds: $0) })
  }

  private func plan() throws -> Plan {
    try Plan(
      changes: [
        change("a", .create, .commit), change("b", .move, .drift), change("c", .delete, .prune),
        change("d", .blocked, .commit), change("e", .create, .keep),
      ], inSync: 3)
  }

  @Test func aSuspendedChannelHoldsAllThatWouldBeDone() throws {
    let restrained = try plan().restrained(by: Restraints(suspensions: [suspension()]))
    #expect(restrained.changes.map(\.action) == [.held, .held, .held, .blocked, .held])
    #expect(restrained.changes.map(\.restraint) == [.suspended, .suspended, .suspended, nil, .suspended])
    #expect(restrained.changes[1].from == digest(1) && restrained.changes[1].to == digest(2))
    #expect(restrained.changes[0].reason == "suspended by ada since 1970-01-01T00:00:00Z: an incident")
    #expect(restrained.inSync == 3)
  }

  @Test func aSuspendedImageHoldsItsOwnTagsAlone() throws {
    let restrained = try plan().restrained(by: Restraints(suspensions: [suspension("b"), suspension("e")]))
    #expect(restrained.changes.map(\.action) == [.create, .held, .delete, .blocked, .held])
  }

  @Test func driftIsReportedWhereTheChannelHealsNone() throws {
    let restrained = try plan().restrained(by: Restraints(reportsDrift: true))
    #expect(restrained.changes.map(\.restraint) == [nil, .reported, nil, nil, nil])
    #expect(
      restrained.changes[1].reason
        == "drift: it has sha256:010000000000, and the branch declares sha256:020000000000; this channel reports drift "
        + "and leaves it")
  }

  @Test func aRestingTagIsLeftWhereItDriftedAlone() throws {
    let tags = try [reference("r:a-latest"), reference("r:b-latest")]
    let resting = Dictionary(uniqueKeysWithValues: tags.map { ($0, Duration.seconds(61)) })
    let restrained = try plan().restrained(by: Restraints(resting: resting))
    #expect(restrained.changes.map(\.restraint) == [nil, .resting, nil, nil, nil])
    #expect(restrained.changes[1].reason?.hasSuffix("it is left for 2 min") == true)
  }

  @Test func aSuspensionEndsAtItsTime() throws {
    let suspension = try suspension(channel: "latest", until: 1000)
    #expect(suspension.isInForce(at: Timestamp(milliseconds: 999)))
    #expect(!suspension.isInForce(at: Timestamp(milliseconds: 1000)))
    #expect(suspension.concerns("latest") && !suspension.concerns("staging"))
    #expect(try self.suspension().concerns("staging"))
  }
}
