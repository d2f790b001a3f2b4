import FoundationEssentials
import Glibc
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

  @Test func whatKilledWritersLeftIsRemovedAndNothingElse() async throws {
    try await withTemporaryDirectory { folder in
      let current = try PendingFile(at: folder("blob"))
      try current.write(Array("whole".utf8))
      let others = ["blob.tmp", "blob.UPPER.tmp", "blob.1.tmp.bak", "other.1.tmp", "blob", "link.1.tmp"]
      for name in others.dropLast() + ["blob.0123456789abc.tmp", "blob.z.tmp"] {
        try folder.write("text", to: name)
      }
      try FileManager.default.createSymbolicLink(
        atPath: folder("link.1.tmp"), withDestinationPath: folder("blob"))
      // Whoever opens it for reading alone waits for a writer.
      try #require(mkfifo(folder("blob.pipe.tmp"), 0o600) == 0)
      PendingFile.removeAbandoned(in: folder.path) { ["blob", "link"].contains($0) }
      let names = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
      #expect(names.isSuperset(of: others) && names.count == others.count + 1, "\(names)")
      try current.commit(mode: 0o644)
      #expect(try folder.read("blob") == "whole")
      PendingFile.removeAbandoned(in: folder("missing")) { _ in true }
    }
  }

  /// One removes, others write: no writer loses its file.
  @Test func aWriterKeepsItsFileBesideWhoRemoves() async throws {
    try await withTemporaryDirectory { folder in
      await withTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            for round in 0..<100 {
              let name = folder("blob-\(writer)-\(round)")
              #expect(throws: Never.self) {
                let file = try PendingFile(at: name)
                try file.write([1])
                try file.commit(mode: 0o644)
              }
            }
          }
        }
        group.addTask {
          for _ in 0..<400 { PendingFile.removeAbandoned(in: folder.path) { _ in true } }
        }
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names.count == 400 && names.allSatisfy { !$0.hasSuffix(".tmp") })
    }
  }
}
