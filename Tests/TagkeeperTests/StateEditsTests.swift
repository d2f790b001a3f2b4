import Model
import StateFile
import TestSupport
import Testing

@testable import tagkeeper

@Suite struct StateEditsTests {
  /// As on a full disk: the second file can't be written.
  @Test func whereOneFileCannotBeWrittenNoneIs() async throws {
    try await withTemporaryDirectory { folder in
      let one = StateText(path: folder("one.yaml"), state: try state(["team/app/a": 1]))
      let two = StateText(path: folder("nowhere/two.yaml"), state: try state(["team/web/b": 1]))
      try one.save()
      var edits = StateEdits([one, two])
      let keys = [try edits.key(of: ImageName("a"), in: nil), try edits.key(of: ImageName("b"), in: nil)]
      try edits.set(keys.map { DigestChange($0, in: edits.path(of: $0), from: nil, to: digest(2)) })
      let error = #expect(throws: CommandFailure.self) { try edits.save() }
      #expect(error?.message.contains("nowhere/two.yaml") == true && error?.status == .attention)
      #expect(try folder.read("one.yaml") == String(decoding: one.bytes, as: UTF8.self))
    }
  }
}
