import FoundationEssentials
import Glibc
import HTTPClient
import LinuxSystem
import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

@Suite struct LayoutTests {
  private let folderOfOne = "team/prereqs"

  private func layouts(_ folder: TemporaryDirectory) throws -> ImageLayouts {
    try ImageLayouts(path: folder.path)
  }

  @Test func aRepositoryWithoutAFolderIsEmpty() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      #expect(await layouts.observe([staging]) == [staging: .absent])
      #expect(try await layouts.tags(in: repository) == [])
      #expect(try await !layouts.hasBlob(digest(1), in: repository))
      #expect(try await !layouts.deleteTag(staging))
      #expect(!folder.exists("team"))
    }
  }

  @Test func aTagDoesNotWaitForBlobs() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let image = try await layouts.pushImage("one", to: repository)
      let gate = Gate()
      defer { gate.open() }
      layouts.worker.start { gate.wait() }
      try await layouts.put(image.digest, to: staging)
      #expect(await layouts.observe([staging]) == [staging: .present(image.digest)])
    }
  }

  @Test(arguments: [false, true]) func whatAKilledCopyLeftIsRemoved(isByUpload: Bool) async throws {
    try await withTemporaryDirectory { folder in
      let before = try layouts(folder)
      let image = try await before.pushImage("one", to: repository)
      try await before.put(image.digest, to: staging)
      let hex = image.digest.hex
      let abandoned = ["index.json.1a.tmp", "oci-layout.2b.tmp", "blobs/sha256/\(hex).3c.tmp"]
      let others = ["notes.4d.tmp", "blobs/sha256/abc.5e.tmp"]
      for name in abandoned + others { try folder.write("text", to: "team/prereqs/\(name)") }
      // Who only reads leaves all as it is.
      let layouts = try layouts(folder)
      _ = await layouts.observe([staging])
      #expect(abandoned.allSatisfy { folder.exists("team/prereqs/\($0)") })
      if isByUpload {
        _ = try await layouts.pushImage("two", to: repository)
      } else {
        try await layouts.put(image.digest, to: sibling)
      }
      #expect(abandoned.allSatisfy { !folder.exists("team/prereqs/\($0)") })
      #expect(others.allSatisfy { folder.exists("team/prereqs/\($0)") })
    }
  }

  @Test func whatCannotBeReadIsUnknown() async throws {
    try await withTemporaryDirectory { folder in
      let missing = try ImageLayouts(path: folder("missing"))
      #expect(
        await missing.observe([staging]) == [
          staging: .unknown(
            .init("there is no folder \(folder("missing")); create it, or mount what it is on"))
        ])
      let error = await registryError { _ = try await missing.pushImage("one", to: repository) }
      #expect(error?.kind == .transport)
      let content = await registryError { _ = try await missing.hasBlob(digest(1), in: repository) }
      #expect(content?.kind == .transport)
      #expect(!folder.exists("missing"))

      let file = try ImageLayouts(path: try folder.write("", to: "file"))
      #expect(
        await file.observe([staging]) == [
          staging: .unknown(.init("\(folder("file")) is no folder; name the one that holds the layouts"))
        ])
      try #require(symlink("loop", folder("loop")) == 0)
      #expect(
        await (try ImageLayouts(path: folder("loop"))).observe([staging]) == [
          staging: .unknown(
            .init("can't look at \(folder("loop")): Too many levels of symbolic links"))
        ])
      try folder.write("", to: "team/folder/index.json/file")
      let inFolder = TagReference(try RepositoryName("team/folder"), staging.tag)
      #expect(
        await (try layouts(folder)).observe([inFolder]) == [
          inFolder: .unknown(.init("\(folder("team/folder/index.json")) is no file"))
        ])
      let inFile = TagReference(try RepositoryName("file/image"), staging.tag)
      #expect(
        await (try layouts(folder)).observe([inFile]) == [
          inFile: .unknown(.init("can't look at \(folder("file/image/oci-layout")): Not a directory"))
        ])

      let layouts = try layouts(folder)
      let image = try await layouts.pushImage("one", to: repository)
      try await layouts.put(image.digest, to: staging)
      let index = folder("team/prereqs/index.json")
      let text = try folder.read("team/prereqs/index.json")
      for damage in ["", String(text.dropLast(9)), "[]", #"{"schemaVersion":1,"manifests":[]}"#] {
        try folder.write(damage, to: "team/prereqs/index.json")
        #expect(
          await layouts.observe([staging, sibling]) == [
            staging: .unknown(
              .init("\(index) is no image index; restore it: nothing is changed in this repository meanwhile")
            ),
            sibling: .unknown(
              .init("\(index) is no image index; restore it: nothing is changed in this repository meanwhile")
            ),
          ])
        let refused = await registryError { try await layouts.put(image.digest, to: sibling) }
        #expect(refused?.kind == .unexpected)
        #expect(try folder.read("team/prereqs/index.json") == damage)
      }
      try folder.remove("team/prereqs/index.json")
      #expect(
        await layouts.observe([staging]) == [
          staging: .unknown(
            .init(
              "oci:\(folder.path)//team/prereqs has lost its index.json; restore it: nothing is changed in this repository "
                + "meanwhile"))
        ])
      try folder.write(text, to: "team/prereqs/index.json")
      try folder.write(#"{"imageLayoutVersion":"2.0.0"}"#, to: "team/prereqs/oci-layout")
      #expect(
        await layouts.observe([staging]) == [
          staging: .unknown(
            .init("\(folder("team/prereqs/oci-layout")) names no version that is known; it should be 1.0.0"))
        ])
    }
  }

  @Test func whatCannotBeWrittenIsToldFromWhatMayNotBe() {
    let failures = [EROFS: RegistryError.Kind.readOnly, EACCES: .transport, ENOSPC: .transport]
    for (code, kind) in failures {
      #expect(RegistryError(writing: SystemError("write", path: "/x", code: code)).kind == kind)
    }
  }

  @Test(arguments: [
    ("shorter", "has only 7 bytes of 8"), ("much longer", "has more than 8 bytes of 8"),
    ("replaced", "hashes to \(sha256(Array("replaced".utf8)))"),
  ])
  func readsNoBlobThatIsNotWhatItIsCalled(text: String, problem: String) async throws {
    try await withTemporaryDirectory { folder in
      let path = "team/prereqs/blobs/sha256/\(digest(1).hex)"
      try folder.write(text, to: path)
      let blob = try await layouts(folder).blob(
        Descriptor(mediaType: "", digest: digest(1), size: 8), in: repository)
      var given = 0
      let error = await registryError { while let piece = try await blob.next() { given += piece.count } }
      #expect(given <= 8)
      #expect(
        error?.description
          == "\(folder(path)) \(problem); remove the file, and copy the image there again")
    }
  }

  @Test func aLaterVersionOfTheSameKindStays() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let image = try await layouts.pushImage("one", to: repository)
      let version = #"{"imageLayoutVersion":"1.1.0"}"#
      try folder.write(version, to: "team/prereqs/oci-layout")
      try folder.write(#"{"schemaVersion":2,"manifests":[]}"#, to: "team/prereqs/index.json")
      try await layouts.put(image.digest, to: staging)
      #expect(try folder.read("team/prereqs/oci-layout") == version)
    }
  }

  @Test func tagsAreCreatedMovedAndDeleted() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let one = try await layouts.pushImage("one", to: repository)
      let two = try await layouts.pushImage("two", to: repository)
      #expect(await layouts.observe([staging]) == [staging: .absent])
      for image in [one, two, one] {
        try await layouts.put(image.digest, to: staging)
        #expect(await layouts.observe([staging]) == [staging: .present(image.digest)])
      }
      try await layouts.put(two.digest, to: sibling)
      #expect(try await layouts.tags(in: repository) == [sibling.tag, staging.tag])
      #expect(try await layouts.deleteTag(staging))
      // Another process sees the same.
      #expect(
        await (try self.layouts(folder)).observe([staging, sibling])
          == [staging: .absent, sibling: .present(two.digest)])
      #expect(try await layouts.hasBlob(one.digest, in: repository))
      // A tag whose manifest is gone is one that a registry does not know.
      try folder.remove("team/prereqs/blobs/sha256/\(two.digest.hex)")
      #expect(await layouts.observe([sibling]) == [sibling: .absent])
    }
  }

  @Test func keepsWhatOthersWrote() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let image = try await layouts.pushImage("one", to: repository)
      let entries = """
        {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\(image.digest)","size":\(image.bytes.count),\
        "annotations":{"org.opencontainers.image.ref.name":"alpine-sibling","a.b":"c/d"},"platform":{"os":"linux"}},\
        {"mediaType":"x","digest":"sha512:00","size":1,"half":0.5,"none":null,"yes":true}
        """
      try folder.write(
        #"{"schemaVersion":2,"annotations":{"made.by":"others"},"manifests":[\#(entries)]}"#,
        to: "team/prereqs/index.json")
      try await layouts.put(image.digest, to: staging)
      let before = try #require(JSONValue(json: Array("[\(entries)]".utf8))?.elements)
      let after = try #require(
        JSONValue(json: Array(try folder.read("team/prereqs/index.json").utf8))?.members)
      #expect(after["annotations"] == .object(["made.by": .string("others")]))
      #expect(Set(before).isSubset(of: Set(try #require(after["manifests"]?.elements))))
      #expect(try folder.read("team/prereqs/oci-layout") == #"{"imageLayoutVersion":"1.0.0"}"#)
    }
  }

  /// As for `skopeo`: the first counts. Both go.
  @Test func aTagMayStandInAnIndexTwice() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let images = [
        try await layouts.pushImage("one", to: repository),
        try await layouts.pushImage("two", to: repository),
      ]
      var index = ImageIndex()
      index.entries = images.map {
        ImageIndex.Entry(
          $0.descriptor, annotations: [ImageIndex.Entry.tagAnnotation: staging.tag.description])
      }
      try folder.write(String(decoding: index.bytes, as: UTF8.self), to: "team/prereqs/index.json")
      #expect(await layouts.observe([staging]) == [staging: .present(images[0].digest)])
      #expect(try await layouts.deleteTag(staging))
      #expect(await layouts.observe([staging]) == [staging: .absent])
    }
  }

  @Test func refusesATagOfAnImageThatIsNotWhole() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let image = try await layouts.pushImage("one", layers: ["layer"], to: repository)
      let layer = sha256(Array("layer".utf8))
      let absent = await registryError { try await layouts.put(digest(1), to: staging) }
      #expect(absent?.kind == .missingManifest)
      #expect(
        absent?.description
          == "\(digest(1)) is not in oci:\(folder.path)//team/prereqs; copy the image there, or declare another digest"
      )
      try folder.remove("team/prereqs/blobs/sha256/\(layer.hex)")
      let halved = await registryError { try await layouts.put(image.digest, to: staging) }
      #expect(halved?.kind == .missingContent)
      #expect(
        halved?.description
          == "oci:\(folder.path)//team/prereqs lacks \(layer), which \(image.digest) names; copy the image there again"
      )
      let lost = RegistryError(
        .missingContent,
        "oci:\(folder.path)//team/prereqs lacks the blob \(layer); copy the image there again")
      let blob = Descriptor(mediaType: "", digest: layer, size: 5)
      #expect(await registryError { _ = try await layouts.blob(blob, in: repository) } == lost)
      #expect(await registryError { _ = try await layouts.smallBlob(layer, in: repository) } == lost)
      try folder.write("{}", to: "team/prereqs/blobs/sha256/\(image.digest.hex)")
      let damaged = await registryError { try await layouts.put(image.digest, to: staging) }
      #expect(damaged?.kind == .unexpectedDigest)
      let other = await registryError { _ = try await layouts.smallBlob(image.digest, in: repository) }
      #expect(other?.kind == .unexpectedDigest)
      #expect(await layouts.observe([staging]) == [staging: .absent])
    }
  }

  /// As a registry does (MANIFEST_BLOB_UNKNOWN): so a copy notices what was lost meanwhile.
  @Test func takesNoManifestWithoutWhatItNames() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let other = try RepositoryName("team/other")
      let image = try await layouts.pushImage("one", to: other)
      let index = try await layouts.pushIndex(of: [image], to: other)
      for manifest in [image, index] {
        let error = await registryError {
          _ = try await layouts.push(manifest, as: .digest(manifest.digest), to: repository)
        }
        #expect(error?.kind == .missingContent)
        #expect(try await !layouts.hasBlob(manifest.digest, in: repository))
      }
    }
  }

  @Test func takesNoBlobThatIsNotWhatItIsCalled() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let bytes = Array("blob".utf8)
      for (digest, size) in [(digest(1), 4), (sha256(bytes), 5), (sha256(bytes), 3)] {
        let blob = Descriptor(mediaType: "", digest: digest, size: size)
        let error = await registryError {
          _ = try await layouts.push(blob, to: repository, mounting: nil) { () throws(RegistryError) in
            ScriptedSource([bytes])
          }
        }
        #expect(
          error?.description
            == "oci:\(folder.path)//team/prereqs@\(digest): 4 of \(size) bytes came, which hash to \(sha256(bytes))"
        )
      }
      #expect(try folder.names("team/prereqs/blobs/sha256") == [])
    }
  }

  /// Neither a source that breaks nor a cancellation leaves what came, or waits for the rest.
  @Test(arguments: [RegistryError.Kind.transport, .cancelled])
  func abandonsABlobThatDoesNotComeWhole(kind: RegistryError.Kind) async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      let source = ScriptedSource { number in
        guard number == 1 else { return [1] }
        guard kind == .cancelled else { throw RegistryError(kind, "broken") }
        withUnsafeCurrentTask { $0?.cancel() }
        return [2]
      }
      let push = Task {
        try await layouts.push(
          Descriptor(mediaType: "", digest: digest(1), size: 9), to: repository, mounting: nil
        ) { () throws(RegistryError) in source }
      }
      let error = await registryError { _ = try await push.value }
      #expect(error?.kind == kind && source.asked == 2)
      #expect(try folder.names("team/prereqs/blobs/sha256") == [])
    }
  }

  @Test func refusesARepositoryWithinALayout() async throws {
    try await withTemporaryDirectory { folder in
      let layouts = try layouts(folder)
      for name in ["team/blobs/sha256", "index.json", "oci-layout/app"] {
        let error = await registryError { _ = try await layouts.tags(in: RepositoryName(name)) }
        #expect(error?.kind == .rejected)
      }
      let (inner, outer) = (try RepositoryName("team/app"), try RepositoryName("team"))
      let image = try await layouts.pushImage("one", to: inner)
      #expect(try await layouts.tags(in: outer) == [])
      _ = try await layouts.push(image, as: .tag(staging.tag), to: inner)
      try await layouts.pushImage("one", to: outer)
      #expect(try await layouts.tags(in: inner) == [staging.tag])
      #expect(try await layouts.tags(in: outer) == [])
    }
  }

  /// Locks are between descriptors: two values stand for two processes.
  @Test func severalWritersLoseNothing() async throws {
    try await withTemporaryDirectory { folder in
      let writers = [try layouts(folder), try layouts(folder)]
      let image = try await writers[0].pushImage("one", to: repository)
      let tags = try (0..<100).map { TagReference(repository, try TagName("tag-\($0)")) }
      try await withThrowingTaskGroup { group in
        for (number, tag) in tags.enumerated() {
          group.addTask { try await writers[number % 2].put(image.digest, to: tag) }
        }
        try await group.waitForAll()
      }
      for writer in writers {
        #expect(
          await writer.observe(tags)
            == Dictionary(uniqueKeysWithValues: tags.map { ($0, .present(image.digest)) }))
      }
    }
  }

  /// Whoever shares a writing with others does not write again: by then the tag may be another's.
  @Test func eachChangeIsMadeOnce() async throws {
    try await withTemporaryDirectory { folder in
      let indexes = try LayoutIndexes(root: folder.path)
      let made = Mutex(0)
      _ = try await (0..<100).concurrentlyMapped(atOnce: 100) { _ throws(RegistryError) in
        try await indexes.edit(repository) { _ in made.withLock { $0 += 1 } }
      }
      #expect(made.withLock(\.self) == 100)
    }
  }
}

extension TemporaryDirectory {
  fileprivate func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: self(folder))
  }
}
