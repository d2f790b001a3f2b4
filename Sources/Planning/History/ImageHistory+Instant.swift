package import Model

/// What an image's tag pointed to at a time.
package struct TagInstant: Hashable, Sendable {
  package enum Basis: String, Hashable, Sendable {
    /// What was applied.
    case journal
    /// What was declared: no journal tells of that time.
    case branch
  }

  package let basis: Basis
  /// Nil where there was no such tag: deleted, by the journal, or not declared, by the branch.
  package let digest: Digest?
  /// Where the branch declared that; nil where it never did.
  package let change: DeclaredChange?
  /// When that was applied; nil where no journal tells.
  package let applied: Timestamp?
}

extension ImageHistory {
  /// What the tag pointed to at `time`: what the journal says was applied, where it covers that time, else what the
  /// branch declared.
  ///
  /// The journal covers a time if it has a word on the tag from before, and shows that what was declared then was known
  /// here: so that what it does not tell did not happen.
  package func instant(at time: Timestamp) -> TagInstant {
    let declared = changes.lastIndex { $0.declared <= time }
    if let word = lastWord(by: time), declared.map({ isKnown(changes[$0]) }) ?? true { return word }
    return TagInstant(
      basis: .branch, digest: declared.flatMap { changes[$0].to }, change: declared.map { changes[$0] },
      applied: declared.flatMap { applied[$0] })
  }

  /// What the journal last said of the tag: a write, or a pass after which every tag was as a commit declares.
  private func lastWord(by time: Timestamp) -> TagInstant? {
    let record = journal.records(of: key).last { $0.time <= time && $0.change.outcome == .applied }
    if let index = lastConfirmed(after: record?.time, by: time) {
      return TagInstant(
        basis: .journal, digest: changes[index].to, change: changes[index], applied: applied[index])
    }
    guard let record else { return nil }
    let index = changes.lastIndex { $0.to == record.change.to && $0.isDeclared(for: record, on: timeline) }
    return TagInstant(
      basis: .journal, digest: record.change.to, change: index.map { changes[$0] },
      applied: index.map { applied[$0] ?? record.time } ?? record.time)
  }

  /// The change that the last pass found, or made, true. Of a tag that is not declared a pass says nothing: its deletion
  /// may wait.
  private func lastConfirmed(after start: Timestamp?, by time: Timestamp) -> Int? {
    for mark in journal.marks.reversed() where mark.isConverged && mark.time <= time {
      if let start, mark.time <= start { return nil }
      guard let position = timeline.position(of: mark.commit),
        let index = changes.lastIndex(where: { $0.position <= position }), changes[index].to != nil
      else { continue }
      return index
    }
    return nil
  }

  /// Whether the journal shows, early or late, that its daemon knew of the change: then it tells when it was applied.
  private func isKnown(_ change: DeclaredChange) -> Bool {
    journal.marks.contains { mark in
      timeline.position(of: mark.commit).map { $0 >= change.position } ?? (mark.time >= change.declared)
    }
  }
}
