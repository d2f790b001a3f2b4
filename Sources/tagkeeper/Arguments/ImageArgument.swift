import Model

/// Images as people name them: by their name where one repository has it, else as `REPOSITORY/IMAGE`.
enum ImageArgument {
  /// - Throws: `CommandFailure` for what none of `keys` is, and what several are.
  static func key(_ text: String, among keys: some Sequence<ImageKey>) throws(CommandFailure) -> ImageKey {
    let found = keys.filter { $0.image.description == text || $0.description == text }
    if let exact = found.first(where: { $0.description == text }) { return exact }
    switch found.count {
    case 1: return found[0]
    case 0:
      throw CommandFailure(
        "there is no image \(text.quoted): write its name as the state file has it, or REPOSITORY/IMAGE",
        status: .usage)
    default:
      let choices = found.sorted().map(\.description).joined(separator: ", ")
      throw CommandFailure(
        "\(text.quoted) is in several repositories: write one of \(choices)", status: .usage)
    }
  }

  static func keys(
    _ texts: [String], among keys: some Collection<ImageKey>
  ) throws(CommandFailure) -> [ImageKey] {
    var found: [ImageKey] = []
    for text in texts {
      let key = try key(text, among: keys)
      if !found.contains(key) { found.append(key) }
    }
    return found
  }
}
