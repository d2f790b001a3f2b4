/// What waits in line: first in, first out, each in constant time on average.
struct FIFO<Element> {
  private var elements: [Element] = []
  /// What stands before it has left.
  private var head = 0

  var first: Element? { head < elements.count ? elements[head] : nil }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    guard let first else { return nil }
    head += 1
    if head == elements.count || head > 1024 {
      elements.removeFirst(head)
      head = 0
    }
    return first
  }
}

extension FIFO: Sendable where Element: Sendable {}
