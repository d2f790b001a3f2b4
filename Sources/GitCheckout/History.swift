package import Model

/// A question for a branch's history.
package struct HistoryQuery: Hashable, Sendable {
  /// Where the walk starts.
  package var tips: [CommitID]
  /// These, and all before them, are left out.
  package var excluding: [CommitID]
  /// Only commits that changed one of these files, or a file in one of these folders, against their first
  /// parent, and only those entries; empty for every commit, without entries.
  package var paths: [String]
  /// Only commits whose message has this line.
  package var line: TrailerLine?
  /// First parents alone: what the branch was. Otherwise all commits, such as those that a merge brought,
  /// with `tips: [merge.parents[1]], excluding: [merge.parents[0]]`.
  package var firstParentOnly: Bool
  /// At most so many commits; nil for all.
  package var limit: Int?

  package init(
    tips: [CommitID], excluding: [CommitID] = [], paths: [String] = [], line: TrailerLine? = nil,
    firstParentOnly: Bool = true, limit: Int? = nil
  ) {
    self.tips = tips
    self.excluding = excluding
    self.paths = paths
    self.line = line
    self.firstParentOnly = firstParentOnly
    self.limit = limit
  }
}

/// A commit, with what it changed against its first parent. A root commit adds all that it has.
package struct HistoryCommit: Hashable, Sendable {
  package struct Change: Hashable, Sendable {
    package let path: String
    /// The regular file's content from here on; nil where it is removed, or is no regular file.
    package let blob: BlobID?
  }

  package let id: CommitID
  package let parents: [CommitID]
  /// As written, without .mailmap.
  package let authorName: String
  /// The committer's time.
  package let time: Timestamp
  /// All of the message, in UTF-8.
  package let message: String
  /// Ascending by path; those of the query's paths.
  package let changes: [Change]
}

/// Whether a walk saw all that there is.
package enum HistoryCompleteness: Hashable, Sendable {
  case complete
  /// Older commits exist, or may: why, and the remedy.
  case incomplete(String)
}
