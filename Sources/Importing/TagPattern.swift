package import Model

/// What tells an image's name from a tag: text with one `*`, which is the name, such as `*-latest`. The other way round
/// it is a channel's tag template.
package struct TagPattern: Hashable, Sendable, CustomStringConvertible {
  /// `*`: the whole tag is the image's name.
  package static let wholeTag = TagPattern(prefix: "", suffix: "")

  private let prefix: String
  private let suffix: String

  /// - Throws: `InvalidValue` for another number of `*`, and for text that can't be in a tag.
  package init(_ text: String) throws(InvalidValue) {
    let halves = text.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
    guard halves.count == 2, (try? TagName(halves[0] + "x" + halves[1])) != nil else {
      throw InvalidValue(
        "\(text.quoted) is not a pattern of tags", remedy: "write a tag with one *, such as '*-latest'")
    }
    self.init(prefix: halves[0], suffix: halves[1])
  }

  /// The pattern of the tags that `template` makes.
  /// - Throws: `InvalidValue` for a template without `{image}`.
  package init(_ template: TagTemplate) throws(InvalidValue) {
    guard let suffix = template.suffix else {
      throw InvalidValue(
        "the template \(template) has no {image}, so that its tag tells no image's name",
        remedy: "give another channel, or a pattern")
    }
    self.init(prefix: template.prefix, suffix: suffix)
  }

  private init(prefix: String, suffix: String) {
    self.prefix = prefix
    self.suffix = suffix
  }

  package var description: String { "\(prefix)*\(suffix)" }

  /// The name of the image whose tag is `tag`; nil where the pattern does not match.
  /// - Throws: `InvalidValue` where what the `*` stands for can't be a name: it starts with `.` or `-`.
  package func image(of tag: TagName) throws(InvalidValue) -> ImageName? {
    let text = tag.description
    guard text.utf8.count > prefix.utf8.count + suffix.utf8.count, text.hasPrefix(prefix),
      text.hasSuffix(suffix)
    else { return nil }
    return try ImageName(String(text.dropFirst(prefix.count).dropLast(suffix.count)))
  }
}
