package import Model
import YAML

extension StateText {
  /// The text of a three-way merge, for git's merge driver (gitattributes(5), "Defining a custom merge driver").
  ///
  /// Where only one side changed an image's block, comments included, the block is that side's; where both did, it is
  /// ours with the merged fields. Other comments are ours, unless only theirs changed them. An image in conflict has
  /// both blocks, one of them empty where that side removed the image, between `<<<<<<<`, `=======` and `>>>>>>>`: such
  /// a text can't be read until a person has decided. A result that is one side's canonical form is that side's own
  /// text; any other is canonical.
  /// - Parameters:
  ///   - base: an empty text is an empty state: both sides added the file.
  ///   - ours: its path is the result's; errors name each text by its path.
  ///   - entries: the merged images without a conflict, ascending by key.
  ///   - conflicts: the images to decide, ascending by key.
  ///   - labels: the names of the sides behind the markers.
  /// - Throws: `StateEditError` where a side has errors, or the result would not say what was merged.
  package static func merging(
    base: StateText, ours: StateText, theirs: StateText, to entries: [DesiredState.Entry],
    conflicts: [ImageKey], labels: (ours: String, theirs: String)
  ) throws(StateEditError) -> StateText {
    let (base, ours, theirs) = try (
      StateIndex(base.isBlank ? StateText(path: base.path, state: .empty) : base), StateIndex(ours),
      StateIndex(theirs)
    )
    let images = (entries.map { ($0.key, $0) } + conflicts.map { ($0, nil) }).sorted { $0.0 < $1.0 }
    let text = MergedText(base: base, ours: ours, theirs: theirs, images: images)
    let result = StateText(path: ours.file.path, bytes: text.bytes(labels: nil))
    guard result.declares(images.compactMap { key, entry in entry ?? ours[key]?.entry }) else {
      throw StateEditError(
        "the merge of \(ours.file.path) reads otherwise than meant: it was not written",
        remedy: "merge it by hand, and report this as a bug of tagkeeper with the three files")
    }
    guard conflicts.isEmpty else {
      let labels = MergedText.Labels(ours: labels.ours, theirs: labels.theirs)
      return StateText(path: result.path, bytes: text.bytes(labels: labels))
    }
    // Where ours is the base, a change of theirs that is one of form alone counts too.
    let isOurs = ours.file.bytes != base.file.bytes
    for side in isOurs ? [ours, theirs] : [theirs, ours] where result.bytes == Formatter.format(side.layout) {
      return StateText(path: result.path, bytes: side.file.bytes)
    }
    return result
  }
}
