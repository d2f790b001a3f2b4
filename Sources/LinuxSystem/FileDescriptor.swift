import CLinux
import Glibc

/// An open descriptor, closed when this value's life ends.
package struct FileDescriptor: ~Copyable, Sendable {
  package let rawValue: Int32

  /// Takes `rawValue` over.
  init(_ rawValue: Int32) { self.rawValue = rawValue }

  deinit { close(rawValue) }

  /// open(2) with O_CLOEXEC added.
  package static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0) throws(SystemError)
    -> FileDescriptor
  {
    let descriptor = uninterrupted { Glibc.open(path, flags | O_CLOEXEC, mode) }
    guard descriptor >= 0 else { throw .current("open", path: path) }
    return FileDescriptor(descriptor)
  }

  /// read(2) once, of at most `limit` bytes; empty at the end of the file.
  package func read(atMost limit: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      let read = uninterrupted { Glibc.read(rawValue, buffer.baseAddress, limit) }
      if read < 0 { failure = .current("read") }
      count = max(0, read)
    }
    if let failure { throw failure }
    return bytes
  }

  /// write(2) until all of `bytes` are written.
  package func writeAll(_ bytes: [UInt8]) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        uninterrupted { write(rawValue, buffer.baseAddress! + written, buffer.count - written) }
      }
      guard count >= 0 else { throw .current("write") }
      written += count
    }
  }

  /// Makes read(2) and write(2) answer EAGAIN rather than wait (fcntl(2), O_NONBLOCK).
  func setNonBlocking() throws(SystemError) {
    let flags = fcntl(rawValue, F_GETFL)
    guard flags >= 0, fcntl(rawValue, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw .current("set O_NONBLOCK")
    }
  }
}

/// Both ends of a pipe(2), closed on exec.
struct Pipe: ~Copyable {
  let reader: FileDescriptor
  let writer: FileDescriptor

  init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    guard tagkeeper_pipe_cloexec(&ends) == 0 else { throw .current("make a pipe") }
    let first = FileDescriptor(ends[0])
    let second = FileDescriptor(ends[1])
    let reader = try first.aboveStandardStreams()
    let writer = try second.aboveStandardStreams()
    self.reader = reader
    self.writer = writer
  }
}

extension FileDescriptor {
  /// The same file under a number of at least 3, so that a child's streams can be laid out in any order; in a
  /// process that was started without standard streams, pipe(2) answers 0, 1 and 2.
  consuming func aboveStandardStreams() throws(SystemError) -> FileDescriptor {
    guard rawValue < 3 else { return self }
    let copy = fcntl(rawValue, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw .current("duplicate a descriptor") }
    return FileDescriptor(copy)
  }
}
