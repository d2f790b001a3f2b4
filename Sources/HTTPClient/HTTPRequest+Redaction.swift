/// Only what may be logged: a header or a body may have a credential.
extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { operation }
  package var debugDescription: String { operation }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension HTTPRequest.Header: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The name alone.
  package var description: String { name }
  package var debugDescription: String { name }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
