package import Model

/// How one image differs between two desired states.
package struct ImageDifference: Hashable, Sendable {
  /// A field's value on both sides; nil where the field, or the image, is not there.
  package struct FieldChange<Value: Hashable & Sendable>: Hashable, Sendable {
    package let from: Value?
    package let to: Value?

    /// Nil where nothing changed.
    fileprivate init?(_ from: Value?, _ to: Value?) {
      guard from != to else { return nil }
      self.from = from
      self.to = to
    }
  }

  package let key: ImageKey
  /// Nil where the image was added.
  package let old: DesiredState.Entry?
  /// Nil where the image was removed.
  package let new: DesiredState.Entry?

  package var isAdded: Bool { old == nil }
  package var isRemoved: Bool { new == nil }
  /// True where the image stayed and its digest did not.
  package var isMoved: Bool { old != nil && new != nil && old?.digest != new?.digest }

  /// Nil where the digest stayed; an addition and a removal have one side only.
  package var digest: FieldChange<Digest>? { FieldChange(old?.digest, new?.digest) }
  package var hold: FieldChange<String>? { FieldChange(old?.hold, new?.hold) }
  package var eol: FieldChange<Day>? { FieldChange(old?.eol, new?.eol) }
}
