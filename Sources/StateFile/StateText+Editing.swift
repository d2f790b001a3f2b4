package import Model
package import YAML

/// Why a file could not be edited in place; nothing was changed.
package struct StateEditError: Error, Equatable, CustomStringConvertible {
  package let problem: String
  package let remedy: String
  /// The errors of the file, where these are the reason.
  package let diagnostics: [Diagnostic]

  init(_ problem: String, remedy: String, diagnostics: [Diagnostic] = []) {
    self.problem = problem
    self.remedy = remedy
    self.diagnostics = diagnostics
  }

  package var description: String {
    (["\(problem): \(remedy)"] + diagnostics.map(\.description)).joined(separator: "\n")
  }
}

extension StateText {
  /// The file with these digests. Only the digests' own bytes change; an image, and a repository, that is new goes to
  /// its sorted place.
  /// - Throws: `StateEditError` where the file has errors, or is written in a style that can't be edited in place; then
  ///   none is set.
  package func setting(_ digests: [ImageKey: Digest]) throws(StateEditError) -> StateText {
    let index = try StateIndex(self)
    var new = digests
    var entries = index.images.map(\.entry)
    for place in entries.indices {
      guard let digest = new.removeValue(forKey: entries[place].key) else { continue }
      entries[place].digest = digest
    }
    entries += new.map { DesiredState.Entry(key: $0.key, digest: $0.value) }
    return try index.edited(to: entries.sorted { $0.key < $1.key })
  }
}

extension StateIndex {
  /// The file that declares `target`, which is ascending by key. The result is read back: a file is never written that
  /// does not say what was meant.
  func edited(
    to target: [DesiredState.Entry], donor: StateFiles = .none
  ) throws(StateEditError) -> StateText {
    var editor = Editor(self, donor: donor)
    try editor.rewrite(to: target)
    let result = StateText(path: file.path, bytes: try editor.result())
    guard result.declares(target) else { throw .needsFormat(file.path) }
    return result
  }
}

extension StateText {
  /// Whether the file is without errors and declares exactly `entries`, which are ascending by key.
  func declares(_ entries: [DesiredState.Entry]) -> Bool {
    let merge = StateMerge([ParsedState(self)])
    return !merge.files[0].diagnostics.hasErrors && merge.entries == entries
  }
}

extension StateEditError {
  static func needsFormat(_ path: String) -> StateEditError {
    StateEditError(
      "\(path) is not in canonical form and can't be edited in place there",
      remedy: "run tagkeeper fmt \(path) first")
  }
}
