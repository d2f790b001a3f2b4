import Glibc
import HTTPClient
import Model
import Registry
import TestSupport
import Testing

/// A blob on its way from one registry to another, however large.
@Suite(.timeLimit(.minutes(30))) struct BlobCopyTests {
  private static let piece = [UInt8](repeating: 7, count: 256 << 10)

  private static func digest(pieces: Int) -> Digest {
    var hash = SHA256()
    for _ in 0..<pieces { hash.update(piece) }
    return hash.finish()
  }

  /// Copies a blob of `pieces` pieces between two servers.
  private func copy(_ digest: Digest, pieces: Int) async throws {
    let size = pieces * Self.piece.count
    let source = try ScriptedServer { _ in
      .produced(status: 200, headers: [], size: size) { $0 < size ? Self.piece : nil }
    }
    let target = try ScriptedServer(handlingBodies: { _ in .count }) { request in
      request.method == "PUT"
        ? .response(201) : .response(202, [("Location", "/v2/team/prereqs/blobs/uploads/1")])
    }
    let transport = try Transport(userAgent: "tagkeeper/test")
    let from = RegistryClient(try RegistryURL(source.url), transport: transport)
    let to = RegistryClient(try RegistryURL(target.url), transport: transport)
    let sent = try await to.pushBlob(digest, size: size, to: repository) {
      from.blob(digest, size: size, in: repository)
    }
    #expect(sent == size && target.requests.map(\.bodySize) == [0, size, 0])
  }

  @Test func aLargeBlobIsStreamedAndChecked() async throws {
    try await copy(Self.digest(pieces: 64), pieces: 64)
    let error = await registryError { try await copy(Self.digest(pieces: 63), pieces: 64) }
    #expect(error?.kind == .unexpectedDigest)
  }

  /// `scripts/bench-copy` runs it alone: it is the process's memory that counts.
  @Test(.enabled(if: getenv("TAGKEEPER_COPY_MIB") != nil, "run scripts/bench-copy"))
  func withinBoundedMemory() async throws {
    let mebibytes = getenv("TAGKEEPER_COPY_MIB").flatMap { Int(String(cString: $0)) } ?? 2048
    let digest = Self.digest(pieces: mebibytes * 4)
    try await copy(Self.digest(pieces: 128), pieces: 128)
    let before = try memory("VmRSS")
    let start = ContinuousClock.now
    try await copy(digest, pieces: mebibytes * 4)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let peak = try memory("VmHWM")
    print(
      "copied \(mebibytes) MiB in \(Int(seconds * 1000)) ms, \(Int(Double(mebibytes) / seconds)) MiB/s; resident "
        + "before \(before) KiB, at most \(peak) KiB, both scripted registries included")
    #expect(peak < 64 << 10)
  }

  /// In KiB (proc_pid_status(5)).
  private func memory(_ field: String) throws -> Int {
    let descriptor = open("/proc/self/status", O_RDONLY)
    defer { close(descriptor) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 8 << 10) { buffer, count in
      count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let line = try #require(lines.first { $0.hasPrefix(field + ":") })
    return try #require(Int(line.filter(\.isNumber)))
  }
}
