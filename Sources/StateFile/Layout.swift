import YAML

/// The elements of a state file without errors, in document order, and the comments that belong to each.
struct Layout {
  enum Level: Int, Comparable {
    case section, repository, image, field

    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  struct Element {
    let level: Level
    let key: Node
    let value: Node
    /// The index of the element that this one is in.
    let parent: Int?
    /// The index behind the last element within this one.
    var end = 0
    /// Comments above it, on lines of their own.
    var head: [Comment] = []
    /// Comments behind it, on its line; several where its source took several lines.
    var trailing: [Comment] = []
    /// Comments below its last child, indented as a child is.
    var foot: [Comment] = []
  }

  let source: Source
  private(set) var elements: [Element] = []
  /// Comments before the first element.
  private(set) var header: [Comment] = []
  /// Comments after the last element that belong to no block.
  private(set) var footer: [Comment] = []

  init(_ document: Document) {
    source = document.source
    guard let root = document.root else { return }
    add(root, .section, in: nil)
    attach(document.comments)
  }

  /// The children of an element, or without one the sections, as indices in document order.
  func children(of parent: Int?) -> [Int] {
    var (children, next) = ([Int](), parent.map { $0 + 1 } ?? 0)
    let end = parent.map { elements[$0].end } ?? elements.count
    while next < end {
      children.append(next)
      next = elements[next].end
    }
    return children
  }

  /// The index of the topmost element `name`.
  func section(_ name: String) -> Int? { children(of: nil).first { elements[$0].key.hasText(name) } }

  var repositories: Int? { section("repositories") }

  /// The column of the byte at `offset`, counted in bytes from 0.
  func column(of offset: Int) -> Int { offset - source.lineStarts[source.line(at: offset)] }

  func column(of element: Element) -> Int { column(of: element.key.range.lowerBound) }

  /// True where the line above that of `offset` is blank.
  func isBlankAbove(_ offset: Int) -> Bool {
    let line = source.line(at: offset)
    return line > 0 && isBlank(line: line - 1)
  }

  func isBlank(line: Int) -> Bool {
    source.bytes[source.content(ofLine: line)].allSatisfy {
      $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t")
    }
  }

  /// Adds what stands in `mapping`, and below it as far as there are levels.
  private mutating func add(_ mapping: Node, _ level: Level, in parent: Int?) {
    for (key, value) in mapping.pairs {
      let index = elements.count
      elements.append(Element(level: level, key: key, value: value, parent: parent))
      if let below = Level(rawValue: level.rawValue + 1) { add(value, below, in: index) }
      elements[index].end = elements.count
    }
  }
}

extension Layout {
  private enum Attachment {
    case head
    case foot(Int)
    case footer
  }

  private mutating func attach(_ comments: [Comment]) {
    var next = 0
    // Where the last comment before the element `next` went: one below it never goes further in.
    var last: Attachment?
    for comment in comments {
      while next < elements.count, elements[next].key.range.lowerBound < comment.range.lowerBound {
        next += 1
        last = nil
      }
      guard next > 0 else {
        header.append(comment)
        continue
      }
      guard comment.isWholeLine else {
        elements[next - 1].trailing.append(comment)
        continue
      }
      let attachment = attachment(of: comment, beforeElement: next, after: last)
      switch attachment {
      case .head: elements[next].head.append(comment)
      case .foot(let owner): elements[owner].foot.append(comment)
      case .footer: footer.append(comment)
      }
      last = attachment
    }
  }

  /// A comment belongs to the element below it, unless it is indented more than that: then to the block that ends
  /// here and is indented so.
  private func attachment(of comment: Comment, beforeElement next: Int, after last: Attachment?) -> Attachment
  {
    let outermost = next < elements.count ? Attachment.head : .footer
    let column = column(of: comment.range.lowerBound)
    var limit = Level.image
    switch last {
    case .head, .footer: return outermost
    case .foot(let owner): limit = elements[owner].level
    case nil: break
    }
    let nextLevel = next < elements.count ? elements[next].level : .section
    if next < elements.count, column <= self.column(of: elements[next]) { return .head }
    var owner: Int? = next - 1
    while let block = owner, elements[block].level >= nextLevel {
      if elements[block].level <= limit, ownsBlock(block), column >= columnOfChildren(of: block) {
        return .foot(block)
      }
      owner = elements[block].parent
    }
    return outermost
  }

  /// False for fields and for `version`, which have no children.
  private func ownsBlock(_ index: Int) -> Bool {
    let element = elements[index]
    return element.level == .section ? element.key.hasText("repositories") : element.level != .field
  }

  private func columnOfChildren(of index: Int) -> Int {
    let hasChildren = elements[index].end > index + 1
    return hasChildren ? column(of: elements[index + 1]) : column(of: elements[index]) + 1
  }
}
