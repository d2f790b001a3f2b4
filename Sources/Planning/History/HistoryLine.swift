package import Model

/// One thing that happened to an image on a channel.
package struct HistoryLine: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The branch declared something else.
    case declaration(DeclaredChange)
    /// The tag was found to be something else than declared, and was put right, or was to be.
    case drift(ChannelJournal.Record)
    /// The tag was written, and nothing that the branch declares says why: `apply --rev`, `createFrom`, or a commit that
    /// the branch no longer has.
    case undeclared(ChannelJournal.Record)
  }

  package let key: ImageKey
  package let kind: Kind
  /// When a declaration was first made true, by the journal; nil where no journal tells.
  package let applied: Timestamp?

  /// When it was declared, else when the journal tells of it.
  package var time: Timestamp {
    switch kind {
    case .declaration(let change): change.declared
    case .drift(let record), .undeclared(let record): record.time
    }
  }

  /// From the declaration to the write; nil where no journal tells. Zero where the clocks say that it came before.
  package var took: Duration? {
    guard case .declaration(let change) = kind, let applied else { return nil }
    return max(.zero, change.declared.duration(to: applied))
  }

  /// Newest first; of one instant, a branch's later commit first, and then by image.
  package static func newestFirst(_ a: HistoryLine, _ b: HistoryLine) -> Bool {
    if a.time != b.time { return a.time > b.time }
    if a.position != b.position { return a.position > b.position }
    return a.key < b.key
  }

  /// What the journal tells comes after what was declared at the same time.
  private var position: Int {
    if case .declaration(let change) = kind { change.position } else { .max }
  }
}
