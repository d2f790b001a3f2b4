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
  /// The file with `digest` for the image `key`. Only the digest's own bytes change; an image, and a repository, that
  /// is new goes to its sorted place.
  /// - Throws: `StateEditError` where the file has errors, or is written in a style that can't be edited in place.
  package func setting(_ key: ImageKey, to digest: Digest) throws(StateEditError) -> StateText {
    try edited { editor, entries throws(StateEditError) in
      try editor.set(key, digest)
      if let index = entries.firstIndex(where: { $0.key == key }) {
        entries[index].digest = digest
      } else {
        entries.append(DesiredState.Entry(key: key, digest: digest))
      }
    }
  }

  /// The file without the image `key` and without the comments that belong to it. A repository that has neither images
  /// nor comments then goes too.
  /// - Throws: `StateEditError` where the file has errors, does not declare the image, or is written in a style that
  ///   can't be edited in place.
  package func removing(_ key: ImageKey) throws(StateEditError) -> StateText {
    try edited { editor, entries throws(StateEditError) in
      try editor.remove(key)
      entries.removeAll { $0.key == key }
    }
  }

  /// Edits, and reads the result back: a file is never written that does not say what was meant.
  private func edited(
    _ edit: (inout Editor, inout [DesiredState.Entry]) throws(StateEditError) -> Void
  ) throws(StateEditError) -> StateText {
    let (document, state) = try read()
    var (editor, entries) = (Editor(document), state.entries)
    try edit(&editor, &entries)
    let result = StateText(path: path, bytes: editor.result)
    guard let written = try? result.read().state, let wanted = try? DesiredState(entries), written == wanted
    else { throw .needsFormat(path) }
    return result
  }

  private func read() throws(StateEditError) -> (document: Document, state: DesiredState) {
    var merge = StateMerge([ParsedState(self)])
    merge.checkRepositories()
    merge.checkImages()
    let diagnostics = merge.files[0].diagnostics
    guard !diagnostics.hasErrors, let state = try? DesiredState(merge.entries) else {
      throw StateEditError(
        "\(path) has errors and was not edited", remedy: "mend them first", diagnostics: diagnostics.sorted)
    }
    return (merge.files[0].document, state)
  }
}

extension StateEditError {
  static func needsFormat(_ path: String) -> StateEditError {
    StateEditError(
      "\(path) is not in canonical form and can't be edited in place there",
      remedy: "run tagkeeper fmt \(path) first")
  }
}
