/// How a channel makes a tag of an image: text with at most one `{image}`, such as `{image}-latest`.
package struct TagTemplate: Hashable, Sendable, CustomStringConvertible {
  package let description: String
  /// What stands before `{image}`; all of a template without it.
  package let prefix: String
  /// What follows `{image}`; nil where the template has none, and so serves one image a repository.
  package let suffix: String?

  /// - Throws: `InvalidValue` for more than one `{image}`, another placeholder, or text that can't be in a tag.
  package init(_ text: String) throws(InvalidValue) {
    let remedy = "write a tag with one {image}, such as {image}-latest"
    let halves = text.split(separator: "{image}", maxSplits: 1, omittingEmptySubsequences: false)
    prefix = String(halves[0])
    suffix = halves.count > 1 ? String(halves[1]) : nil
    description = text
    let rest = prefix + (suffix ?? "")
    guard !rest.contains("{"), !rest.contains("}"),
      (try? TagName(prefix + (suffix == nil ? "" : "x") + (suffix ?? ""))) != nil
    else { throw InvalidValue("\(text.quoted) is not a tag template", remedy: remedy) }
  }

  /// True where each image of a repository has a tag of its own.
  package var namesImage: Bool { suffix != nil }

  /// The tag of `image`.
  /// - Throws: `InvalidValue` where it exceeds 128 characters.
  package func tag(for image: ImageName) throws(InvalidValue) -> TagName {
    try TagName(suffix.map { prefix + image.description + $0 } ?? prefix)
  }

  /// Whether some image's tag is `tag`.
  package func couldMake(_ tag: TagName) -> Bool {
    guard let suffix else { return tag.description == prefix }
    let text = tag.description
    return text.utf8.count > prefix.utf8.count + suffix.utf8.count && text.hasPrefix(prefix)
      && text.hasSuffix(suffix)
  }
}
