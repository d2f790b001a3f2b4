import Model

/// Finds images of one repository that give the same tag, under one template or under two.
struct TagCollisions {
  struct Collision {
    /// Indices of the keys that were searched; `first` is the smaller.
    let first: Int
    let second: Int
    let tag: TagName
  }

  /// The templates that can give one tag to two images: usually none, and then no tag is looked at.
  private let templates: [TagTemplate]

  init(_ templates: [TagTemplate]) {
    let templates = Set(templates)
    self.templates =
      templates.filter { template in
        !template.namesImage || templates.contains { $0 != template && $0.canEqual(template) }
      }
      .sorted { $0.description < $1.description }
  }

  /// The collisions among `keys`, which are ascending; at most one for a key.
  func find(in keys: [ImageKey]) -> [Collision] {
    guard !templates.isEmpty else { return [] }
    var collisions: [Collision] = []
    var owners: [TagName: Int] = [:]
    for (index, key) in keys.enumerated() {
      if index > 0, keys[index - 1].repository != key.repository { owners.removeAll(keepingCapacity: true) }
      for template in templates {
        guard let tag = try? template.tag(for: key.image) else { continue }
        if let owner = owners[tag], keys[owner] != key {
          if collisions.last?.second != index {
            collisions.append(Collision(first: owner, second: index, tag: tag))
          }
        } else {
          owners[tag] = index
        }
      }
    }
    return collisions
  }
}

extension TagTemplate {
  /// True where some two images could give one tag.
  fileprivate func canEqual(_ other: TagTemplate) -> Bool {
    guard prefix.hasPrefix(other.prefix) || other.prefix.hasPrefix(prefix) else { return false }
    guard let suffix, let otherSuffix = other.suffix else { return true }
    return suffix.hasSuffix(otherSuffix) || otherSuffix.hasSuffix(suffix)
  }
}
