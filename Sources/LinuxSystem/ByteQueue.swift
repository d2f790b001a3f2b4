/// Bytes that are added at the end and taken from the front, both in constant time each on average.
struct ByteQueue {
  private var bytes: [UInt8] = []
  private var start = 0
  /// Up to here `sought` does not occur.
  private var searched = 0
  private var sought: UInt8?

  var count: Int { bytes.count - start }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ new: some Sequence<UInt8>) { bytes.append(contentsOf: new) }

  /// - Precondition: `size` is at most `count`.
  mutating func take(_ size: Int) -> [UInt8] {
    defer { drop(size) }
    return Array(bytes[start..<(start + size)])
  }

  /// What stands before the first `delimiter`, which is dropped; nil while there is none. Each byte is looked
  /// at once.
  mutating func take(through delimiter: UInt8) -> [UInt8]? {
    if sought != delimiter { (sought, searched) = (delimiter, start) }
    guard let end = bytes[max(start, searched)...].firstIndex(of: delimiter) else {
      searched = bytes.count
      return nil
    }
    let taken = take(end - start)
    drop(1)
    return taken
  }

  mutating func drop(_ size: Int) {
    start += size
    searched = start
    // Never more than was taken, so that each byte is moved once at most on average.
    guard isEmpty || start > 1 << 16 && start >= count else { return }
    bytes.removeSubrange(..<start)
    (start, searched) = (0, 0)
  }

  /// The bytes from the front.
  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes[start...].withUnsafeBytes(body)
  }
}
