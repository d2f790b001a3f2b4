package import Model

/// Who wrote a commit, and when.
package struct Signature: Hashable, Sendable {
  package let name: String
  package let email: String
  /// To the second; nil for GIT_AUTHOR_DATE of the environment, else now.
  package let time: Timestamp?

  package init(name: String, email: String, time: Timestamp? = nil) {
    self.name = name
    self.email = email
    self.time = time
  }

  /// For git-commit-tree(1), "Commit information".
  var variables: [String: String] {
    var variables = ["GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email]
    variables["GIT_AUTHOR_DATE"] = time.map(Self.date)
    return variables
  }

  /// For commits that no ref ever names: the same in every place, so that the same merge makes the same
  /// objects.
  static let placeholder = [
    "GIT_AUTHOR_NAME": "tagkeeper", "GIT_AUTHOR_EMAIL": "tagkeeper@localhost", "GIT_AUTHOR_DATE": "@0 +0000",
    "GIT_COMMITTER_NAME": "tagkeeper", "GIT_COMMITTER_EMAIL": "tagkeeper@localhost",
    "GIT_COMMITTER_DATE": "@0 +0000",
  ]

  static let remedy = """
    run git config --global user.name NAME and git config --global user.email EMAIL as the user that runs \
    tagkeeper, or set GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL
    """

  /// `@` makes a small number of seconds a time, too (git-commit(1), "Date formats").
  private static func date(_ time: Timestamp) -> String {
    let seconds = time.milliseconds.quotientAndRemainder(dividingBy: 1000)
    return "@\(seconds.quotient - (seconds.remainder < 0 ? 1 : 0)) +0000"
  }
}

/// As whom a git command runs.
enum Writer: Hashable {
  /// It writes nothing that bears a name.
  case nobody
  /// Whom git's own rules say: the caller's environment, then the configuration (git-commit-tree(1)).
  case identity
  /// The same, with another author.
  case author(Signature)
  case placeholder
}
