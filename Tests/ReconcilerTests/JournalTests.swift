import Model
import TestSupport
import Testing

@testable import Reconciler

@Suite struct JournalTests {
  func entries() throws -> [JournalEntry.Event] {
    let change = Change(
      key: try key("r/a"), tag: try TagName("a-latest"), action: .move, from: digest(1), to: digest(2),
      cause: .drift,
      reason: "a \"reason\"\n", outcome: .failed)
    return [
      .started(version: "1"), .applying(channel: "latest", try commit(1), images: 3),
      .change(channel: "latest", try commit(1), change),
      .pass(
        channel: "latest", try commit(1),
        .init(create: 1, move: 2, delete: 3, blocked: 4, held: 5, failed: 6, inSync: 7),
        duration: .milliseconds(12),
        isConverged: true),
      .accepted(channel: "latest", try commit(2)),
      .tombstoning(
        TombstoneBatch(
          id: "b", repository: try RepositoryName("r"), tombstone: digest(255),
          members: [
            .init(tag: try TagName("x"), original: digest(9), image: try ImageName("x")),
            .init(tag: try TagName("y"), original: digest(9)),
          ],
          origin: .init(channel: "latest", commit: try commit(1)))),
      .tombstoned(
        batch: "other", fates: [try TagName("x"): .deleted, try TagName("y"): .kept]),
    ]
  }

  func write(_ events: [JournalEntry.Event]) async throws -> MemoryStorage {
    let storage = MemoryStorage()
    let journal = Journal(JournalRecord(), storage: storage, time: ManualTime())
    try await journal.append(events)
    return storage
  }

  @Test func isOneObjectALine() async throws {
    let lines = try await write(entries()).text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 8)
    #expect(lines.last == "")
    #expect(
      lines[1] == """
        {"time":"2026-11-18T11:06:40.000Z","event":"applying","channel":"latest",\
        "commit":"0000000000000000000000000000000000000001","images":3,"previous":"\(Digest.weak(Array(lines[0].utf8)))"}
        """)
    #expect(
      lines[2].contains(#""cause":"drift","copiedFrom":null,"reason":"a \"reason\"\n","outcome":"failed","#))
  }

  @Test func isReadBack() async throws {
    let storage = try await write(entries())
    let (record, whole) = try JournalRecord.read(storage.bytes)
    #expect(whole == storage.bytes.count)
    let channel = try #require(record.channels["latest"])
    #expect(try channel.applied == commit(2))
    #expect(try channel.accepted == commit(2))
    #expect(try channel.everApplied == [commit(1)])
    #expect(channel.appliedImages == 3)
    #expect(try channel.converged == commit(1))
    #expect(
      try entries().contains(.tombstoning(try #require(record.unfinishedBatches.first))),
      "\(record.unfinishedBatches)")
    #expect(record.tombstones == [digest(255)])
  }

  @Test func aFirstPassLastsUntilTheLineThatEndsIt() async throws {
    let begun = JournalEntry.Event.applying(
      channel: "latest", try commit(1), images: 100, beginsFirstPass: true)
    func pass(ends: Bool) throws -> JournalEntry.Event {
      .pass(
        channel: "latest", try commit(1), .init(), duration: .zero, isConverged: true, endsFirstPass: ends)
    }
    func isInFirstPass(after events: [JournalEntry.Event]) async throws -> Bool? {
      try JournalRecord.read(try await write(events).bytes).record.channels["latest"]?.isInFirstPass
    }
    #expect(try await isInFirstPass(after: [begun, pass(ends: false)]) == true)
    #expect(try await isInFirstPass(after: [begun, pass(ends: false), pass(ends: true)]) == false)
    let next = JournalEntry.Event.applying(channel: "latest", try commit(2), images: 100)
    #expect(try await isInFirstPass(after: [begun, next]) == true)
    let older = JournalEntry.Event.applying(channel: "latest", try commit(1), images: 100)
    #expect(try await isInFirstPass(after: [older]) == false)
  }

  @Test func whatIsDeletedIsNoLongerCreated() async throws {
    func change(_ action: Change.Action, _ cause: Change.Cause) throws -> JournalEntry.Event {
      .change(
        channel: "latest", try commit(1),
        Change(
          key: try key("r/a"), tag: try TagName("a-latest"), action: action, from: nil, to: nil, cause: cause,
          outcome: .applied))
    }
    func created(after events: [JournalEntry.Event]) async throws -> Set<ImageKey>? {
      try JournalRecord.read(try await write(events).bytes).record.channels["latest"]?.created
    }
    let creation = try change(.create, .createFrom)
    #expect(try await created(after: [creation]) == [key("r/a")])
    #expect(try await created(after: [creation, change(.delete, .prune)]) == [])
  }

  @Test func aTornLastLineIsLeftOut() async throws {
    let bytes = try await write(entries()).bytes
    let whole = try await write(Array(entries().dropLast())).bytes.count
    for length in whole..<(bytes.count - 1) {
      #expect(try JournalRecord.read(Array(bytes.prefix(length))).wholeBytes == whole)
    }
  }

  @Test func anyOtherBrokenLineIsAnError() async throws {
    let bytes = Array("{\"time\":\"2026-11-18T11:06:40Z\",\"event\":\"started\"}\nnonsense\n".utf8)
    let error = #expect(throws: JournalCorruption.self) { try JournalRecord.read(bytes) }
    #expect(error?.line == 2)
  }

  @Test func aLineThatMayNotSurviveIsWrittenOnceMore() async throws {
    let bench = try Bench()
    let commit = try bench.branches.commit(["r/a": 1])
    bench.storage.failSynchronizing(true)
    #expect(await bench.sweep().error?.contains("the journal can't be written") == true)
    #expect(bench.registry.tags == [:])
    #expect(await bench.journal.record.channels["latest"] == nil)
    bench.storage.failSynchronizing(false)
    #expect(await bench.sweep().error == nil)
    #expect(bench.storage.text.split(separator: "\n").count { $0.contains(#""event":"applying""#) } == 2)
    let (record, _) = try JournalRecord.read(bench.storage.bytes)
    #expect(record.channels["latest"]?.applied == commit)
  }

  @Test func whatBecameOfABatchIsPartOfItsLastLine() async throws {
    let line = try #require(await write(entries()).text.split(separator: "\n").last)
    #expect(
      line.hasPrefix(
        """
        {"time":"2026-11-18T11:06:40.000Z","event":"tombstoned","batch":"other",\
        "fates":{"x":"deleted","y":"kept"},"previous":"
        """))
    let read = try #require(try JournalEntry(line: Array(line.utf8)))
    #expect(try read.event == entries().last)
  }

  @Test func aBatchOfAnEarlierVersionIsRead() throws {
    let lines = """
      {"time":"2026-11-18T11:06:40Z","event":"tombstoning","batch":"a","repository":"r",\
      "tombstone":"\(digest(255))","tags":[{"tag":"x","digest":"\(digest(9))"}]}
      {"time":"2026-11-18T11:06:40Z","event":"tombstoning","batch":"b","repository":"r",\
      "tombstone":"\(digest(255))","tags":[{"tag":"x","digest":"\(digest(9))"}]}
      {"time":"2026-11-18T11:06:40Z","event":"tombstoned","batch":"b"}

      """
    let (record, _) = try JournalRecord.read(Array(lines.utf8))
    #expect(
      try record.unfinishedBatches == [
        TombstoneBatch(
          id: "a", repository: RepositoryName("r"), tombstone: digest(255),
          members: [.init(tag: TagName("x"), original: digest(9))])
      ])
  }

  @Test func anEventOfALaterVersionIsPassedOver() throws {
    let bytes = Array("{\"time\":\"2026-11-18T11:06:40Z\",\"event\":\"dreamt\",\"of\":[1]}\n".utf8)
    #expect(try JournalRecord.read(bytes).wholeBytes == bytes.count)
  }
}
