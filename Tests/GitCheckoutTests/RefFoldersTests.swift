import TestSupport
import Testing

@testable import GitCheckout

@Suite struct RefFoldersTests {
  @Test func onlyNamesOnTheWayToARefMatter() {
    let folders = RefFolders(of: ["refs/heads/release/x"], in: "/r")
    #expect(
      Set(folders.names.keys) == ["/r", "/r/reftable", "/r/refs", "/r/refs/heads", "/r/refs/heads/release"])
    for (name, folder) in [
      ("packed-refs", "/r"), ("refs", "/r"), ("heads", "/r/refs"), ("release", "/r/refs/heads"),
      ("x", "/r/refs/heads/release"), ("tables.list", "/r/reftable"),
    ] {
      #expect(folders.matters(name, in: folder))
    }
    for (name, folder) in [
      ("index.lock", "/r"), ("packed-refs.lock", "/r"), ("HEAD", "/r"), ("x.lock", "/r/refs/heads/release"),
      ("main", "/r/refs/heads"), ("tags", "/r/refs"), ("x", "/r/refs/tags"),
    ] {
      #expect(!folders.matters(name, in: folder))
    }
  }

  @Test func circleOfSymbolicRefsEnds() async throws {
    try await withTemporaryDirectory { directory in
      try directory.write("ref: refs/heads/b\n", to: "refs/heads/a")
      try directory.write("ref: refs/heads/a\n", to: "refs/heads/b")
      let folders = RefFolders(of: ["refs/heads/a"], in: directory.path)
      #expect(folders.matters("b", in: directory("refs/heads")))
    }
  }
}
