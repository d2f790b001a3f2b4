import Model
import YAML

/// What a foreign record of images says: every image that the pattern matched, in the file's order and duplicates kept,
/// and everything that is wrong.
package struct ImportReading: Sendable {
  /// One mention of an image, with its place.
  struct Mention: Sendable {
    let key: ImageKey
    let digest: Digest
    /// When the image was built; nil where the record does not say.
    let created: Timestamp?
    /// The tag.
    let place: Node
  }

  private let pattern: TagPattern
  var diagnostics: Diagnostics
  private(set) var mentions: [Mention] = []
  /// Tags that the pattern does not match.
  package private(set) var unmatchedTags = 0
  /// Tags of signatures and other referrers, which no image has (OCI distribution-spec, "Referrers Tag Schema").
  package private(set) var referrersTags = 0
  /// Images that the record lists without a tag: nothing is to be declared for them.
  package internal(set) var untaggedImages = 0

  init(_ diagnostics: Diagnostics, pattern: TagPattern) {
    self.diagnostics = diagnostics
    self.pattern = pattern
  }

  /// Takes the tag that stands at `node`; what is no tag, or gives no name, is reported there.
  mutating func take(
    _ node: Node, of digest: Digest, created: Timestamp?, in repository: RepositoryName
  ) {
    guard let text = node.name("a tag", &diagnostics) else { return }
    do throws(InvalidValue) {
      let tag = try TagName(text)
      guard !tag.isReferrersTag else {
        referrersTags += 1
        return
      }
      guard let image = try pattern.image(of: tag) else {
        unmatchedTags += 1
        return
      }
      let key = ImageKey(repository, image)
      mentions.append(Mention(key: key, digest: digest, created: created, place: node))
    } catch {
      diagnostics.error(at: node, error)
    }
  }
}
