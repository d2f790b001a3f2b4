package import Model

// Short ways to write values in tests; a literal that is malformed fails the test by throwing.

/// The digest whose first byte is `number`.
package func digest(_ number: UInt8) -> Digest { Digest(bytes: [number] + [UInt8](repeating: 0, count: 31))! }

/// A commit id of forty digits that ends in `number`.
package func commit(_ number: Int) throws -> CommitID {
  let digits = String(number, radix: 16)
  return try CommitID(String(repeating: "0", count: 40 - digits.count) + digits)
}

/// `repository/image`, split at the last slash.
package func key(_ text: String) throws -> ImageKey {
  let slash = text.lastIndex(of: "/") ?? text.startIndex
  return try ImageKey(RepositoryName(String(text[..<slash])), ImageName(String(text[slash...].dropFirst())))
}

/// `repository:tag`.
package func reference(_ text: String) throws -> TagReference {
  let colon = text.lastIndex(of: ":") ?? text.startIndex
  return try TagReference(RepositoryName(String(text[..<colon])), TagName(String(text[colon...].dropFirst())))
}

/// A state from `repository/image` → digest number.
package func state(_ digests: KeyValuePairs<String, UInt8>) throws -> DesiredState {
  try DesiredState(digests.map { try .init(key: key($0.key), digest: digest($0.value)) })
}
