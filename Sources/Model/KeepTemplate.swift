/// How a channel names the second tag of an image's generation: text with one `{image}` and one `{commit}`, and
/// `{date}` where it is wanted, such as `{image}-{date}-{commit}`.
package struct KeepTemplate: Hashable, Sendable, CustomStringConvertible {
  private enum Piece: Hashable, Sendable {
    case text(String)
    case image
    /// The UTC day of the commit, as 2026-11-22.
    case date
    /// The first 12 digits of the commit's id.
    case commit
  }

  package let description: String
  private let pieces: [Piece]

  /// - Throws: `InvalidValue` for a text without `{image}` or `{commit}`, with one placeholder twice or another one, or that
  ///   can't be in a tag. A day alone may have several generations.
  package init(_ text: String) throws(InvalidValue) {
    description = text
    pieces = Self.pieces(of: text)
    func count(_ piece: Piece) -> Int { pieces.count { $0 == piece } }
    let isPlain = pieces.allSatisfy { piece in
      if case .text(let text) = piece { !text.contains("{") && !text.contains("}") } else { true }
    }
    guard isPlain, count(.image) == 1, count(.commit) == 1, count(.date) <= 1,
      let image = try? ImageName("x"), (try? tag(for: image, since: Self.anyTime, commit: "0")) != nil
    else {
      throw InvalidValue(
        "\(text.quoted) is not a template of keep tags",
        remedy: "write a tag with one {image} and one {commit}, such as {image}-{date}-{commit}")
    }
  }

  /// The tag of the generation of `image` that began with `commit`, at `time`.
  /// - Throws: `InvalidValue` where it exceeds 128 characters.
  package func tag(
    for image: ImageName, since time: Timestamp, _ commit: CommitID
  ) throws(InvalidValue) -> TagName {
    try tag(for: image, since: time, commit: commit.short)
  }

  /// - Throws: `InvalidValue` where the tags of `image` exceed 128 characters: all are equally long.
  package func validate(_ image: ImageName) throws(InvalidValue) {
    _ = try tag(for: image, since: Self.anyTime, commit: String(repeating: "0", count: 12))
  }

  private static let anyTime = Timestamp(seconds: 0)

  private func tag(
    for image: ImageName, since time: Timestamp, commit: String
  ) throws(InvalidValue) -> TagName {
    let parts = pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .image: image.description
      case .date: time.day.description
      case .commit: commit
      }
    }
    return try TagName(parts.joined())
  }

  private static func pieces(of text: String) -> [Piece] {
    let names: [(String, Piece)] = [("{image}", .image), ("{date}", .date), ("{commit}", .commit)]
    var pieces: [Piece] = []
    var plain = ""
    var rest = text[...]
    while let character = rest.first {
      if let (name, piece) = names.first(where: { rest.hasPrefix($0.0) }) {
        if !plain.isEmpty { pieces.append(.text(plain)) }
        plain = ""
        pieces.append(piece)
        rest = rest.dropFirst(name.count)
      } else {
        plain.append(character)
        rest = rest.dropFirst()
      }
    }
    return plain.isEmpty ? pieces : pieces + [.text(plain)]
  }
}
