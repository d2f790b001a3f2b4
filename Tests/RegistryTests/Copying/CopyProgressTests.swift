import Synchronization
import TestSupport
import Testing

@testable import Registry

@Suite struct CopyProgressTests {
  @Test func whatATryThatFailedHadSentIsTakenBack() async throws {
    let told = Mutex<[Int]>([])
    let counter = BlobCounter(
      CopyProgress(total: 10) { progress in told.withLock { $0.append(progress.done) } })
    _ = try await CountedBytes(ScriptedSource([[1, 2, 3], [4]]), counter).next()
    _ = try await CountedBytes(ScriptedSource([[1, 2], [], [3, 4, 5]]), counter).collect()
    counter.finish(10)
    #expect(told.withLock(\.self) == [3, 0, 2, 5, 10])
  }

  /// A registry's pace counts what is read of it as well.
  @Test func theBytesStillTellWhereTheyComeFrom() throws {
    let blob = try RegistryClient(url: "http://127.0.0.1:5000").blob(digest(1), size: 1, in: repository)
    #expect(CountedBytes(blob, BlobCounter(nil)).origin == "http://127.0.0.1:5000")
  }
}
