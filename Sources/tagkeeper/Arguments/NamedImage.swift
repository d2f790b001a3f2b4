import Model

/// An image as `set` takes it, which may be a new one: by its name, or as `REPOSITORY/IMAGE`.
struct NamedImage: Hashable, CustomStringConvertible {
  let name: ImageName
  /// Nil where the state tells.
  let repository: RepositoryName?

  /// - Parameter common: of `--repository`.
  /// - Throws: `CommandFailure` with status 64.
  init(_ text: String, in common: RepositoryName?) throws(CommandFailure) {
    // An image's name has no slash.
    let slash = text.lastIndex(of: "/")
    do throws(InvalidValue) {
      name = try ImageName(slash.map { String(text[text.index(after: $0)...]) } ?? text)
      let own = try slash.map { slash throws(InvalidValue) in try RepositoryName(String(text[..<slash])) }
      repository = own ?? common
    } catch {
      throw CommandFailure("\(error)", status: .usage)
    }
    if let common, repository != common {
      throw CommandFailure(
        "\(text) is not in \(common): give --repository or the name alone, not both", status: .usage)
    }
  }

  var description: String { repository.map { "\(ImageKey($0, name))" } ?? "\(name)" }
}
