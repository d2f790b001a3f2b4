import Model
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// Two folders of layouts: one has the images, the other is to get them.
private struct Bench {
  let folder: TemporaryDirectory
  let source: ImageLayouts
  let store: RecordingStore
  let copier: Copier
  let staging = try! RepositoryName("team/staging")  // a constant
  let production = try! RepositoryName("team/production")  // a constant

  init(_ folder: TemporaryDirectory, isOneStore: Bool = false) throws {
    self.folder = folder
    try folder.write("", to: "source/here")
    try folder.write("", to: "target/here")
    source = try ImageLayouts(path: folder("source"))
    store = RecordingStore(isOneStore ? source : try ImageLayouts(path: folder("target")))
    copier = Copier(to: store)
  }

  @discardableResult
  func copy(
    _ digest: Digest, progress: @escaping @Sendable (Copier.Progress) -> Void = { _ in }
  ) async throws -> Int {
    try await copier.copy(digest, from: source, staging, to: production, progress: progress)
  }

  /// Fails unless everything that belongs to `digest` is at the target as it is at the source.
  func expectWhole(_ digest: Digest, _ location: SourceLocation = #_sourceLocation) async throws {
    let (here, there) = (
      try await ImageTree(digest, from: source, staging), try await ImageTree(digest, from: store, production)
    )
    #expect(here.order == there.order, sourceLocation: location)
    for digest in here.order {
      #expect(
        here.nodes[digest]?.manifest.bytes == there.nodes[digest]?.manifest.bytes, sourceLocation: location)
    }
    for blob in here.blobs {
      #expect(
        try folder.read("target/team/production/blobs/sha256/\(blob.digest.hex)")
          == folder.read("source/team/staging/blobs/sha256/\(blob.digest.hex)"), sourceLocation: location)
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct CopierTests {
  private func onBench<Value>(
    isOneStore: Bool = false, _ body: (Bench) async throws -> Value
  ) async throws -> Value {
    try await withTemporaryDirectory { try await body(Bench($0, isOneStore: isOneStore)) }
  }

  @Test func copiesAnImageOnce() async throws {
    try await onBench { bench in
      let foreign = Descriptor(
        mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", digest: digest(9), size: 7)
      // The source lacks the foreign layer, as every registry does.
      let image = try await bench.source.pushImage(
        "one", layers: ["first", "second", "first"], foreign: foreign, to: bench.staging)
      // It mounts within one store alone.
      bench.store.behaviour.withLock { $0.mounts = true }
      let sent = try await bench.copy(image.digest)
      #expect(sent == Set(["first", "second"]).reduce(0) { $0 + $1.utf8.count } + image.configSize)
      try await bench.expectWhole(image.digest)
      let written = bench.store.takeWritten()
      #expect(written.count { $0.hasPrefix("blob") } == 3)
      #expect(written.last == "manifest \(image.digest.short)")
      #expect(try await bench.copy(image.digest) == 0)
      #expect(bench.store.takeWritten() == ["manifest \(image.digest.short)"])
    }
  }

  @Test func copiesAnIndexBehindItsChildren() async throws {
    try await onBench { bench in
      var children: [Manifest] = []
      for platform in ["amd64", "arm64", "s390x", "ppc64le"] {
        children.append(
          try await bench.source.pushImage(platform, layers: ["shared", platform], to: bench.staging))
      }
      let inner = try await bench.source.pushIndex(of: Array(children[2...]), to: bench.staging)
      let index = try await bench.source.pushIndex(of: children[..<2] + [inner], to: bench.staging)
      try await bench.copy(index.digest)
      try await bench.expectWhole(index.digest)
      let manifests = bench.store.takeWritten().filter { $0.hasPrefix("manifest") }
      #expect(
        manifests
          == (children + [inner, index]).map { "manifest \($0.digest.short)" })
    }
  }

  @Test func storesNothingOfAnIndexThatLacksAChild() async throws {
    try await onBench { bench in
      let child = try await bench.source.pushImage("child", to: bench.staging)
      let index = try await bench.source.pushIndex(of: [child], to: bench.staging)
      try bench.folder.remove("source/team/staging/blobs/sha256/\(child.digest.hex)")
      let error = await registryError { try await bench.copy(index.digest) }
      #expect(error?.kind == .missingContent)
      #expect(
        error?.description
          == "oci:\(bench.folder.path)/source//team/staging lacks \(child.digest), a child of the index \(index.digest): "
          + "nothing was tagged; push the image there again")
      #expect(bench.store.takeWritten() == [])
      let missing = await registryError { try await bench.copy(digest(7)) }
      #expect(missing?.kind == .missingManifest)
    }
  }

  @Test func tellsThatItBeginsOnceAllIsReadAndBeforeAnythingIsSent() async throws {
    try await onBench { bench in
      let child = try await bench.source.pushImage("child", to: bench.staging)
      let index = try await bench.source.pushIndex(of: [child], to: bench.staging)
      let begun = Mutex<[[String]]>([])
      func copy(_ digest: Digest) async throws {
        _ = try await bench.copier.copy(
          digest, from: bench.source, bench.staging, to: bench.production,
          begins: { [store = bench.store] in begun.withLock { $0.append(store.takeWritten()) } })
      }
      try await copy(index.digest)
      #expect(begun.withLock(\.self) == [[]])
      #expect(!bench.store.takeWritten().isEmpty)
      try bench.folder.remove("source/team/staging/blobs/sha256/\(child.digest.hex)")
      #expect(await registryError { try await copy(index.digest) }?.kind == .missingContent)
      #expect(begun.withLock(\.count) == 1)
    }
  }

  @Test func refusesIndexesThatAreNestedTooDeep() async throws {
    try await onBench { bench in
      var index = try await bench.source.pushImage("leaf", to: bench.staging)
      for _ in 0..<3 { index = try await bench.source.pushIndex(of: [index], to: bench.staging) }
      try await bench.copy(index.digest)
      index = try await bench.source.pushIndex(of: [index], to: bench.staging)
      let error = await registryError { try await bench.copy(index.digest) }
      #expect(error?.description.hasSuffix("indexes are nested more than 3 deep") == true)
    }
  }

  @Test(arguments: [false, true]) func copiesWhatRefersToAnImage(listsReferrers: Bool) async throws {
    try await onBench { bench in
      bench.store.behaviour.withLock { $0.listsReferrers = listsReferrers }
      let child = try await bench.source.pushImage("child", to: bench.staging)
      let index = try await bench.source.pushIndex(of: [child], to: bench.staging)
      let signature = try await bench.source.pushImage("signature", subject: index.digest, to: bench.staging)
      let sbom = try await bench.source.pushImage("sbom", subject: child.digest, to: bench.staging)
      let sbomSignature = try await bench.source.pushImage(
        "sbom signature", subject: sbom.digest, to: bench.staging)
      let gone = try await bench.source.pushImage("gone", to: bench.staging)
      try await bench.source.list([signature, gone], of: index.digest, in: bench.staging)
      try bench.folder.remove("source/team/staging/blobs/sha256/\(gone.digest.hex)")
      try await bench.source.list([sbom], of: child.digest, in: bench.staging)
      try await bench.source.list([sbomSignature], of: sbom.digest, in: bench.staging)
      // Somebody signed the same image at the target.
      let other = try await bench.store.store.pushImage(
        "other", subject: index.digest, to: bench.production)
      try await bench.store.store.list([other], of: index.digest, in: bench.production)

      try await bench.copy(index.digest)
      let written = bench.store.takeWritten().filter { !$0.hasPrefix("blob") }
      let manifests = [sbomSignature, sbom, child, signature, index].map { "manifest \($0.digest.short)" }
      let tags = [sbom, child, index].map { "tag \($0.digest.referrersTag)" }
      let all = [
        manifests[0], tags[0], manifests[1], tags[1], manifests[2], manifests[3], tags[2], manifests[4],
      ]
      #expect(written == (listsReferrers ? manifests : all))
      let listed = try await bench.store.referrers(of: index.digest, in: bench.production)
      #expect(
        listed.map(\.descriptor.digest)
          == [other.digest] + (listsReferrers ? [] : [signature.digest]))
      #expect(listed.allSatisfy { $0.members["artifactType"] == .string("application/signature") })
      try await bench.copy(index.digest)
      #expect(bench.store.takeWritten() == manifests)
    }
  }

  /// Signatures of signatures, so deep; what is of no type that can be stored is no part of the image.
  @Test func followsReferrersThreeDeep() async throws {
    try await onBench { bench in
      var chain = [try await bench.source.pushImage("one", to: bench.staging)]
      for name in ["first", "second", "third", "fourth"] {
        let subject = chain[chain.count - 1].digest
        chain.append(try await bench.source.pushImage(name, subject: subject, to: bench.staging))
        try await bench.source.list([chain[chain.count - 1]], of: subject, in: bench.staging)
      }
      let strange = try await bench.source.push(
        "{}", type: "application/vnd.oci.artifact.manifest.v1+json", to: bench.staging)
      var index = try #require(try await bench.source.referrersByTag(of: chain[0].digest, in: bench.staging))
      index.entries.append(ImageIndex.Entry(strange))
      _ = try await bench.source.push(
        Manifest(bytes: index.bytes, mediaType: .ociIndex), as: .tag(chain[0].digest.referrersTag),
        to: bench.staging)
      try await bench.copy(chain[0].digest)
      let written = bench.store.takeWritten().filter { $0.hasPrefix("manifest") }
      #expect(written == chain.dropLast().reversed().map { "manifest \($0.digest.short)" })
    }
  }

  /// Whoever finds the image at the target, after a copy that was cut off and a new start, may tag it.
  @Test(arguments: [false, true]) func anImageIsThereOnceAllThatBelongsToItIs(listsReferrers: Bool)
    async throws
  {
    try await onBench { bench in
      bench.store.behaviour.withLock { $0.listsReferrers = listsReferrers }
      let child = try await bench.source.pushImage("child", to: bench.staging)
      let index = try await bench.source.pushIndex(of: [child], to: bench.staging)
      let signature = try await bench.source.pushImage("signature", subject: index.digest, to: bench.staging)
      // A tag may list what names no subject.
      let sbom = try await bench.source.pushImage("sbom", to: bench.staging)
      let attached = try await bench.source.pushImage("attached", to: bench.staging)
      try await bench.source.list([signature], of: index.digest, in: bench.staging)
      try await bench.source.list([sbom], of: child.digest, in: bench.staging)
      _ = try await bench.source.push(
        attached, as: .tag(index.digest.referrersTag(".sig")), to: bench.staging)
      for lost in [signature, sbom, attached] {
        bench.store.behaviour.withLock { $0.refusals = [lost.digest: RegistryError(.transport, "cut off")] }
        await #expect(throws: RegistryError.self) { try await bench.copy(index.digest) }
        #expect(try await !bench.store.hasBlob(index.digest, in: bench.production))
      }
      try await bench.copy(index.digest)
      #expect(bench.store.takeWritten().last == "manifest \(index.digest.short)")
      if !listsReferrers { try await bench.expectWhole(index.digest) }
    }
  }

  @Test func failsWhereReferrersCannotBeRead() async throws {
    try await onBench { bench in
      let image = try await bench.source.pushImage("one", to: bench.staging)
      let source = RecordingStore(bench.source)
      source.behaviour.withLock { $0.referrersFailure = RegistryError(.denied, "403") }
      let error = await registryError {
        _ = try await bench.copier.copy(image.digest, from: source, bench.staging, to: bench.production)
      }
      #expect(
        error?.description
          == "what refers to oci:\(bench.folder.path)/source//team/staging@\(image.digest) can't be read: 403"
      )
      #expect(bench.store.takeWritten() == [])
    }
  }

  @Test func copiesWhatCosignAttachedAndMovesNothing() async throws {
    try await onBench { bench in
      let image = try await bench.source.pushImage("one", to: bench.staging)
      let signature = try await bench.source.pushImage("signature", to: bench.staging)
      let tags = [".att", ".sbom", ".sig"].map { image.digest.referrersTag($0) }
      for tag in tags { _ = try await bench.source.push(signature, as: .tag(tag), to: bench.staging) }
      // Whoever signs what signs the image would have no end.
      let round = signature.digest.referrersTag(".sig")
      _ = try await bench.source.push(image, as: .tag(round), to: bench.staging)
      let other = try await bench.store.store.pushImage("other", to: bench.production)
      _ = try await bench.store.store.push(other, as: .tag(tags[1]), to: bench.production)
      try await bench.copy(image.digest)
      let written = bench.store.takeWritten().filter { $0.hasPrefix("tag") }
      #expect(written == [round, tags[0], tags[2]].map { "tag \($0)" })
      #expect(try await bench.store.digest(of: tags[0], in: bench.production) == signature.digest)
      #expect(try await bench.store.digest(of: tags[1], in: bench.production) == other.digest)
    }
  }

  @Test func takesBlobsOverWithinOneStore() async throws {
    try await onBench(isOneStore: true) { bench in
      bench.store.behaviour.withLock { $0.mounts = true }
      let image = try await bench.source.pushImage("one", to: bench.staging)
      #expect(try await bench.copy(image.digest) == 0)
      #expect(bench.store.takeWritten().count { $0.hasPrefix("mount") } == 2)
    }
  }

  /// A registry may say of a blob that it collected that it took it over.
  @Test func sendsWhatWasTakenOverAndIsNotThere() async throws {
    try await onBench(isOneStore: true) { bench in
      let image = try await bench.source.pushImage("one", to: bench.staging)
      bench.store.behaviour.withLock {
        $0.mounts = true
        $0.refusals = [image.digest: RegistryError(.missingContent, "MANIFEST_BLOB_UNKNOWN")]
      }
      try await bench.copy(image.digest)
      let written = bench.store.takeWritten().map { $0.prefix { $0 != " " } }
      #expect(written == ["mount", "mount", "manifest", "blob", "blob", "manifest"])
    }
  }

  /// Signed meanwhile, it is copied with its new signature.
  @Test func readsAnImageAgainWhileOthersAreCopied() async throws {
    try await onBench { bench in
      let image = try await bench.source.pushImage("one", to: bench.staging)
      await bench.copier.work.enter()
      try await bench.copy(image.digest)
      let signature = try await bench.source.pushImage(
        "signature", subject: image.digest, to: bench.staging)
      try await bench.source.list([signature], of: image.digest, in: bench.staging)
      try await bench.copy(image.digest)
      try await bench.expectWhole(image.digest)
    }
  }

  /// The target collected it between two copies of one pass: child, configuration, and layer.
  @Test func bringsAgainAChildThatWasThereAWhileAgo() async throws {
    try await onBench { bench in
      let child = try await bench.source.pushImage("child", to: bench.staging)
      let index = try await bench.source.pushIndex(of: [child], to: bench.staging)
      await bench.copier.work.enter()
      try await bench.copy(child.digest)
      try bench.folder.remove("target/team/production")
      let told = Mutex<[Copier.Progress]>([])
      try await bench.copy(index.digest) { progress in told.withLock { $0.append(progress) } }
      try await bench.expectWhole(index.digest)
      #expect(told.withLock { $0.allSatisfy { $0.done <= $0.total } && $0.last?.done == $0.last?.total })
    }
  }

  @Test func bringsAgainWhatTheTargetLostMeanwhile() async throws {
    try await onBench { bench in
      let child = try await bench.source.pushImage("child", to: bench.staging)
      let index = try await bench.source.pushIndex(of: [child], to: bench.staging)
      let refusal = RegistryError(.missingContent, "MANIFEST_BLOB_UNKNOWN")
      bench.store.behaviour.withLock { $0.refusals = [child.digest: refusal, index.digest: refusal] }
      try await bench.copy(index.digest)
      try await bench.expectWhole(index.digest)
      let written = bench.store.takeWritten()
      #expect(written.count { $0.hasPrefix("blob") } == 4)
      #expect(written.count { $0 == "manifest \(child.digest.short)" } == 3)
      #expect(written.last == "manifest \(index.digest.short)")
    }
  }

  /// A target that says so whatever it is brought is believed in the end.
  @Test func bringsNothingAThirdTime() async throws {
    try await onBench { bench in
      let image = try await bench.source.pushImage("one", layers: ["first", "first"], to: bench.staging)
      let refusal = RegistryError(.missingContent, "MANIFEST_BLOB_UNKNOWN")
      let index = try await bench.source.pushIndex(of: [image], to: bench.staging)
      bench.store.behaviour.withLock {
        $0.refusals = [image.digest: refusal]
        $0.refusesForEver = true
      }
      #expect(await registryError { try await bench.copy(index.digest) } == refusal)
      let written = bench.store.takeWritten()
      #expect(written.count { $0.hasPrefix("blob") } == 4)
      #expect(written.filter { $0.hasPrefix("manifest") }.count == 2)
    }
  }

  @Test func makesCopiesOfOneBlobOnce() async throws {
    try await onBench { bench in
      var images: [Manifest] = []
      for number in 0..<8 {
        images.append(
          try await bench.source.pushImage(
            "\(number)", layers: ["shared", "own \(number)"], to: bench.staging))
      }
      let sent = try await withThrowingTaskGroup { group in
        for image in images + images {
          group.addTask { (image.digest, try await bench.copy(image.digest)) }
        }
        // Whoever waits for another's copy of an image is told of that one.
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      var blobs: Set<Descriptor> = []
      for image in images {
        try await bench.expectWhole(image.digest)
        blobs.formUnion(try await ImageTree(image.digest, from: bench.source, bench.staging).blobs)
      }
      #expect(sent.values.reduce(0, +) == blobs.reduce(0) { $0 + $1.size })
      let written = bench.store.takeWritten()
      #expect(written.count { $0.hasPrefix("blob") } == 17)
      #expect(written.count { $0.hasPrefix("manifest") } == 8)
    }
  }

  @Test func goesOnWhereACancelledCopyEnded() async throws {
    try await onBench { bench in
      let image = try await bench.source.pushImage(
        "one", layers: (0..<6).map { "layer \($0)" }, to: bench.staging)
      let taken = Atomic(0)
      let (reached, reach) = AsyncStream.makeStream(of: Void.self)
      bench.store.behaviour.withLock {
        $0.beforeBlob = {
          // The first two pass; the others never come.
          guard taken.wrappingAdd(1, ordering: .relaxed).newValue > 2 else { return }
          reach.yield()
          try await Task.sleep(for: .seconds(3600))
        }
      }
      let copy = Task { try await bench.copy(image.digest) }
      for await _ in reached { break }
      copy.cancel()
      await #expect(throws: RegistryError.self) { _ = try await copy.value }
      bench.store.behaviour.withLock { $0.beforeBlob = nil }
      _ = bench.store.takeWritten()
      var there: Set<String> = []
      for blob in try await ImageTree(image.digest, from: bench.source, bench.staging).blobs
      where try await bench.store.hasBlob(blob.digest, in: bench.production) {
        there.insert("blob \(blob.digest.short)")
      }
      #expect(there.count <= 2)
      try await bench.copy(image.digest)
      try await bench.expectWhole(image.digest)
      #expect(Set(bench.store.takeWritten()).isDisjoint(with: there))
    }
  }

  @Test func tellsHowFarACopyIs() async throws {
    try await onBench { bench in
      let images = [
        try await bench.source.pushImage("one", layers: ["first", "second"], to: bench.staging),
        try await bench.source.pushImage("two", layers: ["first"], to: bench.staging),
      ]
      let index = try await bench.source.pushIndex(of: images, to: bench.staging)
      let told = Mutex<[Copier.Progress]>([])
      try await bench.copy(index.digest) { progress in told.withLock { $0.append(progress) } }
      let all = told.withLock { $0 }
      let total = 11 + images.reduce(0) { $0 + $1.configSize }
      #expect(all.allSatisfy { $0.total == total })
      #expect(all.map(\.done) == all.map(\.done).sorted())
      #expect(all.last?.done == total)
      // What the target has already counts as well.
      try await bench.copy(index.digest) { progress in told.withLock { $0 = [progress] } }
      #expect(told.withLock(\.self) == [Copier.Progress(done: total, total: total)])
    }
  }

  /// What one place lacks is no reason to give up a copy from another.
  @Test func copiesOfOneImageFromTwoPlacesAreTwo() async throws {
    try await onBench { bench in
      let whole = try RepositoryName("team/whole")
      for round in 0..<10 {
        let layer = "layer \(round)"
        let image = try await bench.source.pushImage("one", layers: [layer], to: bench.staging)
        try await bench.source.pushImage("one", layers: [layer], to: whole)
        try bench.folder.remove("source/team/staging/blobs/sha256/\(sha256(Array(layer.utf8)).hex)")
        // Where the other comes first, nothing is lacking any more.
        let lacking = Task { try await bench.copy(image.digest) }
        _ = try await bench.copier.copy(image.digest, from: bench.source, whole, to: bench.production)
        if case .failure(let error) = await lacking.result {
          #expect((error as? RegistryError)?.kind == .missingContent, "\(error)")
        }
      }
    }
  }

  @Test func leavesNothingOfABlobThatIsDamaged() async throws {
    try await onBench { bench in
      let image = try await bench.source.pushImage("one", layers: ["first"], to: bench.staging)
      let layer = sha256(Array("first".utf8))
      try bench.folder.write("other", to: "source/team/staging/blobs/sha256/\(layer.hex)")
      let error = await registryError { try await bench.copy(image.digest) }
      #expect(error?.kind == .unexpectedDigest)
      #expect(
        error?.description
          == "\(bench.folder.path)/source/team/staging/blobs/sha256/\(layer.hex) hashes to \(sha256(Array("other".utf8))); "
          + "remove the file, and copy the image there again")
      #expect(try await !bench.store.hasBlob(layer, in: bench.production))
    }
  }
}

extension Manifest {
  /// Bytes of the configuration that it names.
  fileprivate var configSize: Int {
    (JSONValue(json: bytes)?.members?["config"]?.members?["size"]?.integer) ?? 0
  }
}
