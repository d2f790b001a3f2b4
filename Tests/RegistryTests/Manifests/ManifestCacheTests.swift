import LinuxSystem
import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct ManifestCacheTests {
  private let manifests = (0..<20).map { ImagePusher.manifest("image \(100 + $0)") }

  @Test func memoryIsBoundedAndKeepsWhatIsUsed() async {
    let size = manifests[0].bytes.count
    let cache = ManifestCache(memoryLimit: size * 8)
    cache.keep(manifests[0])
    for manifest in manifests[1...] {
      cache.keep(manifest)
      #expect(await cache.manifest(manifests[0].digest) == manifests[0])
    }
    var kept = 0
    for manifest in manifests where await cache.manifest(manifest.digest) != nil { kept += 1 }
    #expect((2...8).contains(kept))
    let tiny = ManifestCache(memoryLimit: size)
    tiny.keep(manifests[0])
    #expect(await tiny.manifest(manifests[0].digest) == nil)
  }

  @Test func aFolderOutlivesTheCache() async throws {
    try await withTemporaryDirectory { folder in
      let index = ImagePusher.index(of: [manifests[0]])
      let first = try ManifestFolder(path: folder("manifests"))
      for manifest in [manifests[0], index] { await first.insert(manifest) }
      let second = ManifestCache(folder: try ManifestFolder(path: folder("manifests")))
      #expect(await second.manifest(manifests[0].digest) == manifests[0])
      #expect(await second.manifest(index.digest) == index)
      #expect(await second.manifest(manifests[1].digest) == nil)
      #expect(
        try folder.read("manifests/\(index.digest.hex)")
          == "application/vnd.oci.image.index.v1+json\n" + String(decoding: index.bytes, as: UTF8.self))
    }
  }

  @Test(.timeLimit(.minutes(10))) func whatIsKeptIsThereAtOnceAndInTheFolderSoon() async throws {
    try await withTemporaryDirectory { folder in
      let files = try ManifestFolder(path: folder("manifests"))
      let cache = ManifestCache(folder: files)
      cache.keep(manifests[0])
      #expect(await cache.manifest(manifests[0].digest) == manifests[0])
      while await files.manifest(manifests[0].digest) == nil { try Task.checkCancellation() }
    }
  }

  @Test(arguments: [
    "", "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.manifest.v1+json\n{}",
    "text/html\n",
  ])
  func aCorruptFileIsDroppedAndWrittenAnew(content: String) async throws {
    try await withTemporaryDirectory { folder in
      let manifest = manifests[0]
      let file = "manifests/\(manifest.digest.hex)"
      try folder.write(content, to: file)
      let cache = try ManifestFolder(path: folder("manifests"))
      #expect(await cache.manifest(manifest.digest) == nil)
      #expect(!folder.exists(file))
      await cache.insert(manifest)
      #expect(await cache.manifest(manifest.digest) == manifest)
    }
  }

  @Test func theFolderIsBoundedAndKeepsWhatIsUsed() async throws {
    try await withTemporaryDirectory { folder in
      let size = manifests[0].bytes.count + MediaType.ociManifest.rawValue.utf8.count + 1
      let cache = try ManifestFolder(path: folder("manifests"), limit: size * 8)
      for manifest in manifests {
        await cache.insert(manifest)
        #expect(await cache.manifest(manifests[0].digest) == manifests[0])
      }
      var kept = 0
      for manifest in manifests where folder.exists("manifests/\(manifest.digest.hex)") { kept += 1 }
      #expect((6...8).contains(kept))
    }
  }

  @Test func aFolderThatCantBeMadeIsAnError() {
    let error = #expect(throws: SystemError.self) { try ManifestFolder(path: "/proc/none/manifests") }
    #expect(error?.description == "can't create the folder /proc/none/manifests: No such file or directory")
  }
}
