import FoundationEssentials
import LinuxSystem
import TestSupport
import Testing

@Suite struct PendingFileTests {
  /// In containers every daemon's id is 1, and each counts from 1.
  @Test func twoProcessesOfOneIDWriteOneFile() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder("blob")
      let first = try PendingFile(at: path)
      try first.write(Array("whole ".utf8))
      let second = try PendingFile(at: path)
      try second.write(Array("wh".utf8))
      try first.write(Array("text".utf8))
      try first.commit(mode: 0o644)
      #expect(try folder.read("blob") == "whole text")
      try second.write(Array("ole text".utf8))
      try second.commit(mode: 0o644)
      #expect(try folder.read("blob") == "whole text")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["blob"])
    }
  }
}
