package import Model

/// Copies images with all that belongs to them, byte for byte: children, configurations, layers, and what refers to them.
///
/// What the target has is not sent again, so a copy that was cut off goes on where it ended. Copies of one blob or
/// manifest from one place that are asked for at one time are made once.
package final class Copier: Sendable {
  /// How far a copy is: bytes of blobs, those that the target had among them.
  package struct Progress: Hashable, Sendable {
    package let done: Int
    package let total: Int
  }

  /// Blobs of one image that are on their way at once.
  static let blobsAtOnce = 4

  let target: any ContentTarget
  let work = SharedWork()
  /// The fallback tags of referrers are read, changed and written back.
  let referrersTags = SerialWork()

  package init(to target: any ContentTarget) { self.target = target }

  /// Makes the image `digest` of `place`, and everything that belongs to it, be in `repository`; no tag points to it yet.
  /// - Parameters:
  ///   - begins: Called once all manifests are read, before anything is sent; not where another caller's copy is shared.
  ///   - progress: Called as bytes arrive, from any thread, in order.
  /// - Returns: How many bytes of blobs were sent.
  /// - Throws: `RegistryError`: of kind `missingManifest` where the source lacks the image, and `missingContent` where it
  ///   lacks a part of it.
  package func copy(
    _ digest: Digest, from source: any ContentSource, _ place: RepositoryName, to repository: RepositoryName,
    begins: @escaping @Sendable () -> Void = {}, progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws(RegistryError) -> Int {
    await work.enter()
    do throws(RegistryError) {
      let key = SharedWork.Key(
        kind: .image, repository: repository, digest: digest, source: source.place(place))
      let sent = try await work.value(of: key, isFresh: true) { [self] () throws(RegistryError) in
        let tree = try await ImageTree(digest, from: source, place)
        let copy = ImageCopy(
          self, tree, from: source, place, to: repository,
          CopyProgress(total: tree.size, report: progress))
        begins()
        return try await copy.run()
      }
      await work.leave()
      return sent
    } catch {
      await work.leave()
      throw error
    }
  }
}
