/// A repository's name within its registry, such as `dotnet-buildtools/prereqs`
/// (OCI distribution-spec, "Pulling manifests", `<name>`).
package struct RepositoryName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let description: String

  /// - Throws: `InvalidValue` where `text` does not match the grammar or exceeds 255 bytes.
  package init(_ text: String) throws(InvalidValue) {
    guard !text.isEmpty, text.utf8.count <= 255,
      text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(
        Self.isComponent)
    else {
      throw InvalidValue(
        "\(text.quoted) is not a repository name",
        remedy: "use lower-case letters and digits, joined by . _ __ - or /, at most 255, without a host")
    }
    description = text
  }

  package static func < (a: Self, b: Self) -> Bool { a.description < b.description }

  /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
  private static func isComponent(_ component: Substring.UTF8View) -> Bool {
    guard let first = component.first, first.isAlphanumeric, component.last!.isAlphanumeric else {
      return false
    }
    let separators = component.split(whereSeparator: \.isAlphanumeric)
    return separators.allSatisfy { run in
      run.allSatisfy { $0 == UInt8(ascii: "-") } || run.elementsEqual(".".utf8) || run.elementsEqual("_".utf8)
        || run.elementsEqual("__".utf8)
    }
  }
}

/// A named variant of a repository's images, such as `ubuntu-22.04-helix-amd64`: what a tag template's
/// `{image}` stands for, so the characters are those of a tag.
package struct ImageName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let description: String

  /// - Throws: `InvalidValue` where `text` could not be a tag.
  package init(_ text: String) throws(InvalidValue) {
    guard text.isTag else {
      throw InvalidValue("\(text.quoted) is not an image name", remedy: "use \(String.tagGrammar)")
    }
    description = text
  }

  package static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}

/// A tag: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (OCI distribution-spec, "Pulling manifests", `<reference>`).
package struct TagName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let description: String

  /// - Throws: `InvalidValue` where `text` does not match the grammar.
  package init(_ text: String) throws(InvalidValue) {
    guard text.isTag else {
      throw InvalidValue("\(text.quoted) is not a tag", remedy: "use \(String.tagGrammar)")
    }
    description = text
  }

  /// `sha256-<64 hex>` and what hangs on it (`….sig`): the referrers fallback tags and signatures, which are
  /// never ours to delete (OCI distribution-spec, "Referrers Tag Schema").
  package var isReferrersTag: Bool {
    let bytes = description.utf8
    return description.hasPrefix("sha256-") && bytes.count >= 71
      && bytes.dropFirst(7).prefix(64).allSatisfy(\.isLowerHexDigit)
  }

  package static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}

extension String {
  fileprivate static var tagGrammar: String {
    "letters, digits, . _ and -, not starting with . or -, at most 128 characters"
  }

  fileprivate var isTag: Bool {
    guard (1...128).contains(utf8.count), let first = utf8.first, first != UInt8(ascii: "."),
      first != UInt8(ascii: "-")
    else { return false }
    return utf8.allSatisfy {
      $0.isAlphanumeric || $0.isUpperLetter || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
        || $0 == UInt8(ascii: "-")
    }
  }
}

extension UInt8 {
  fileprivate var isAlphanumeric: Bool { isDigit || isLowerLetter }
}
