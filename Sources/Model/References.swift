/// An image of a repository: the key of the desired state.
package struct ImageKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let repository: RepositoryName
  package let image: ImageName

  package init(_ repository: RepositoryName, _ image: ImageName) {
    self.repository = repository
    self.image = image
  }

  package var description: String { "\(repository)/\(image)" }

  package static func < (a: Self, b: Self) -> Bool {
    a.repository == b.repository ? a.image < b.image : a.repository < b.repository
  }
}

/// A tag of a repository: what a registry is asked about, `repository:tag` in text.
package struct TagReference: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let repository: RepositoryName
  package let tag: TagName

  package init(_ repository: RepositoryName, _ tag: TagName) {
    self.repository = repository
    self.tag = tag
  }

  package var description: String { "\(repository):\(tag)" }

  package static func < (a: Self, b: Self) -> Bool {
    a.repository == b.repository ? a.tag < b.tag : a.repository < b.repository
  }
}
