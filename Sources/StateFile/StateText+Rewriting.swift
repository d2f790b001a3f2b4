package import Model
import YAML

extension StateText {
  /// The files of one state, rewritten so that together they declare exactly `target`; those that changed alone, by
  /// path. What does not have to change stays byte for byte; a file where that can't be done, because it is written in
  /// flow style for instance, is brought to canonical form first.
  ///
  /// A new image goes to the file that has its repository, a new repository to the file that has it in `donor` (which
  /// is made where there is none of that path), else to the first file. A file that loses its last image stays.
  /// - Parameters:
  ///   - files: one file, or all of a directory; none for a branch without a state.
  ///   - donor: the files of another branch, with the same paths where they are the same files. An image that changes,
  ///     and that the donor declares as `target` does, gets the donor's block with its comments, in canonical form.
  /// - Throws: `StateEditError` where a file has errors, `target` can't be written, or no file is there to write to.
  package static func rewriting(
    _ files: [StateText], to target: DesiredState, donor: [StateText] = []
  ) throws(StateEditError) -> [StateText] {
    try target.checkIsWritable()
    let donor = StateFiles(try StateIndex.read(donor))
    var indexes = try StateIndex.read(files)
    var targets = try split(target, among: indexes, donor)
    for path in targets.keys.sorted() where !indexes.contains(where: { $0.file.path == path }) {
      indexes.append(try StateIndex(StateText(path: path, state: .empty)))
    }
    var changed: [StateText] = []
    for index in indexes {
      let target = targets.removeValue(forKey: index.file.path) ?? []
      guard !index.images.lazy.map(\.entry).elementsEqual(target) else { continue }
      changed.append(try index.rewritten(to: target, donor: donor))
    }
    return changed.sorted { $0.path < $1.path }
  }

  /// By path, what each file is to declare, ascending by key; every repository stands in one file.
  private static func split(
    _ target: DesiredState, among files: [StateIndex], _ donor: StateFiles
  ) throws(StateEditError) -> [String: [DesiredState.Entry]] {
    var targets: [String: [DesiredState.Entry]] = [:]
    let homes = StateFiles(files)
    let repositories = Dictionary(grouping: target.entries, by: \.key.repository)
    for (name, entries) in repositories.sorted(by: { $0.key < $1.key }) {
      let home = homes.file(of: name) ?? donor.file(of: name)
      guard let path = home?.file.path ?? homes.firstPath ?? donor.firstPath else {
        throw StateEditError("there is no state file to write \(name) to", remedy: "make one: tagkeeper init")
      }
      targets[path, default: []] += entries
    }
    return targets
  }
}

extension StateIndex {
  /// Edits in place, and where that fails edits the canonical form.
  fileprivate func rewritten(
    to target: [DesiredState.Entry], donor: StateFiles
  ) throws(StateEditError) -> StateText {
    if let edited = try? edited(to: target, donor: donor) { return edited }
    let canonical = StateText(path: file.path, bytes: Formatter.format(layout))
    do throws(StateEditError) {
      return try StateIndex(canonical).edited(to: target, donor: donor)
    } catch {
      throw StateEditError(
        "\(file.path) was edited, and then read otherwise than meant: it was not changed",
        remedy: "edit it by hand, and report this as a bug of tagkeeper with the file")
    }
  }
}

extension DesiredState {
  fileprivate func checkIsWritable() throws(StateEditError) {
    for entry in entries where entry.hold?.contains(where: { !$0.isWhitespace }) == false {
      throw StateEditError("the hold of \(entry.key) is empty", remedy: "give a reason, or no hold")
    }
  }
}
