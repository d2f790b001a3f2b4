/// What git is told of who commits (git-commit-tree(1), "Commit information").
enum Signature {
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
}

/// As whom a git command runs.
enum Writer: Hashable {
  /// It writes nothing that bears a name.
  case nobody
  /// Whom git's own rules say: the caller's environment, then the configuration (git-commit-tree(1)).
  case identity
  case placeholder
}
