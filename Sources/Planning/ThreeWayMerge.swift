package import Model

/// The three-way merge of desired states, keyed by image: two branches conflict only where both changed the same
/// field of the same image differently, or one removed the image that the other changed.
package struct ThreeWayMerge: Hashable, Sendable {
  /// The images without a conflict, ascending by key.
  package let entries: [DesiredState.Entry]
  /// The images that differ between any two of the three, ascending by key.
  package let outcomes: [Outcome]

  /// Merges `ours` and `theirs`, which both come from `base`, in one walk over the three.
  package init(base: DesiredState, ours: DesiredState, theirs: DesiredState) {
    var entries: [DesiredState.Entry] = []
    var outcomes: [Outcome] = []
    entries.reserveCapacity(max(ours.entries.count, theirs.entries.count))
    var sides = (Cursor(base), Cursor(ours), Cursor(theirs))
    while let key = Cursor.least(Cursor.least(sides.0.key, sides.1.key), sides.2.key) {
      let (base, ours, theirs) = (sides.0.take(key), sides.1.take(key), sides.2.take(key))
      if let ours, base == ours, ours == theirs {
        entries.append(ours)
        continue
      }
      let outcome = Outcome(key: key, base: base, ours: ours, theirs: theirs)
      if let merged = outcome.merged { entries.append(merged) }
      outcomes.append(outcome)
    }
    self.entries = entries
    self.outcomes = outcomes
  }

  /// What a person has to decide, ascending by key.
  package var conflicts: [Outcome] { outcomes.filter(\.isConflict) }

  /// The merged state; nil where an image is in conflict: what it is to be is unknown, and not absent.
  package var state: DesiredState? {
    conflicts.isEmpty ? DesiredState(ascending: entries) : nil
  }
}

extension ThreeWayMerge {
  package enum Field: String, Hashable, Sendable { case digest, hold, eol }

  package enum Verdict: Hashable, Sendable {
    /// Only ours changed it, or ours changed all that theirs did too.
    case ours
    /// Only theirs changed it, or theirs changed all that ours did too.
    case theirs
    /// Both changed, added or removed it in the same way.
    case same
    /// Each changed other fields, and both changes stand.
    case combined
    /// Both changed these fields, each in its own way; no field where one side removed what the other changed.
    case conflict([Field])
  }

  /// One image that differs somewhere: its entry on each side, nil where it is not declared there.
  package struct Outcome: Hashable, Sendable {
    package let key: ImageKey
    package let base: DesiredState.Entry?
    package let ours: DesiredState.Entry?
    package let theirs: DesiredState.Entry?
    /// Nil where it is removed, and in a conflict.
    package let merged: DesiredState.Entry?
    package let verdict: Verdict

    package var isConflict: Bool {
      if case .conflict = verdict { true } else { false }
    }
  }

  /// Steps through a state by keys that only ascend.
  private struct Cursor {
    private let entries: [DesiredState.Entry]
    private var next = 0

    init(_ state: DesiredState) { entries = state.entries }

    var key: ImageKey? { next < entries.count ? entries[next].key : nil }

    static func least(_ a: ImageKey?, _ b: ImageKey?) -> ImageKey? {
      guard let a, let b else { return a ?? b }
      return b < a ? b : a
    }

    mutating func take(_ key: ImageKey) -> DesiredState.Entry? {
      guard next < entries.count, entries[next].key == key else { return nil }
      next += 1
      return entries[next - 1]
    }
  }
}

extension ThreeWayMerge.Outcome {
  fileprivate init(
    key: ImageKey, base: DesiredState.Entry?, ours: DesiredState.Entry?, theirs: DesiredState.Entry?
  ) {
    let (merged, conflict) = Self.merge(base: base, ours: ours, theirs: theirs)
    self.key = key
    self.base = base
    self.ours = ours
    self.theirs = theirs
    self.merged = merged
    verdict =
      if let conflict { .conflict(conflict) } else if ours == theirs { .same } else if merged == ours {
        .ours
      } else if merged == theirs { .theirs } else { .combined }
  }

  /// The merged entry, or the fields in conflict.
  private static func merge(
    base: DesiredState.Entry?, ours: DesiredState.Entry?, theirs: DesiredState.Entry?
  ) -> (merged: DesiredState.Entry?, conflict: [ThreeWayMerge.Field]?) {
    guard var merged = ours, let theirs else {
      // One side or both lack it: all that was not removed has to be as it was, or new.
      if ours == theirs || theirs == base { return (ours, nil) }
      return ours == base ? (theirs, nil) : (nil, [])
    }
    var fields: [ThreeWayMerge.Field] = []
    func pick<Value: Equatable>(
      _ field: ThreeWayMerge.Field, _ base: Value?, _ ours: Value, _ theirs: Value
    ) -> Value {
      if ours == theirs || theirs == base { return ours }
      if ours != base { fields.append(field) }
      return theirs
    }
    merged.digest = pick(.digest, base?.digest, merged.digest, theirs.digest)
    merged.hold = pick(.hold, base.map(\.hold) ?? .some(nil), merged.hold, theirs.hold)
    merged.eol = pick(.eol, base.map(\.eol) ?? .some(nil), merged.eol, theirs.eol)
    return fields.isEmpty ? (merged, nil) : (nil, fields)
  }
}
