package import Model
package import YAML

/// One file of desired state: its path, for messages, and its bytes.
package struct StateText: Sendable, Hashable {
  package let path: String
  package let bytes: [UInt8]

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// Nothing but line breaks, such as git gives for a file that was not there.
  package var isBlank: Bool { bytes.allSatisfy { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } }
}

/// What the files of a desired state say.
package struct StateReading: Sendable {
  /// Nil where a diagnostic is an error.
  package let state: DesiredState?
  /// By place.
  package let diagnostics: [Diagnostic]
}

/// A file that has errors, and so is neither formatted nor edited.
package struct InvalidStateText: Error, Equatable, CustomStringConvertible {
  /// By place; at least one is an error.
  package let diagnostics: [Diagnostic]

  package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
