import Model

/// A program that merges files of one kind (gitattributes(5), "Defining a custom merge driver").
package struct MergeDriver: Hashable, Sendable {
  /// Of its section in the configuration: letters, digits, `-`.
  package let name: String
  /// What git tells people.
  package let title: String
  /// For the shell; `%O %A %B %P` stand for base, ours, theirs and the file's path.
  package let command: String
  /// Which files, as in gitattributes(5), unquoted: `/desired-state/*.yaml`.
  package let pattern: String

  /// - Throws: `GitError.badText` where git could not hold one of them.
  package init(name: String, title: String, command: String, pattern: String) throws(GitError) {
    let isName = !name.isEmpty && name.utf8.allSatisfy { $0.isNameByte }
    guard isName, !command.isEmpty, !pattern.isEmpty else {
      throw GitError(
        .badText, "a merge driver needs a name of letters, digits and -, a command and a pattern")
    }
    for text in [title, command, pattern] where text.utf8.contains(where: { $0 == 0 || $0 == 10 }) {
      throw GitError(.badText, "\(text.quoted) holds a line's end")
    }
    guard !pattern.hasPrefix("!") else {
      throw GitError(
        .badText, "\(pattern.quoted): git ignores patterns that start with !", remedy: "write \\!")
    }
    (self.name, self.title, self.command, self.pattern) = (name, title, command, pattern)
  }

  /// In `git config`, name and value.
  var settings: [(key: String, value: String)] {
    [
      ("merge.\(name).name", title),
      ("merge.\(name).driver", command),
      // Virtual bases of criss-cross merges are not to have this driver's markers.
      ("merge.\(name).recursive", "binary"),
    ]
  }

  var attribute: String { "merge=\(name)" }
}

extension UInt8 {
  fileprivate var isNameByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
