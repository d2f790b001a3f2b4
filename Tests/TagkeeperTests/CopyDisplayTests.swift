import Model
import Reconciler
import Synchronization
import TestSupport
import Testing

@testable import Registry
@testable import tagkeeper

/// The line on a terminal that tells how far copies are: everything that is written to it.
@Suite struct CopyDisplayTests {
  private let time = StoppedTime()
  private let written = Written()

  private func display() -> CopyDisplay { CopyDisplay(time: time) { [written] in written.add($0) } }

  private func mebibytes(_ done: Int, of total: Int) -> Copier.Progress {
    Copier.Progress(done: done << 20, total: total << 20)
  }

  @Test func oneCopyFromItsBeginningToItsEnd() {
    let display = display()
    let id = display.begin("team/app@sha256:010000000000")
    #expect(written.take() == [])
    display.show(id, mebibytes(1, of: 20))
    // Nobody reads more often than ten times a second.
    display.show(id, mebibytes(2, of: 20))
    time.step(.milliseconds(99))
    display.show(id, mebibytes(3, of: 20))
    time.step(.milliseconds(1))
    display.show(id, mebibytes(4, of: 20))
    #expect(
      written.take() == [
        "\rcopying team/app@sha256:010000000000, 1.0 MiB of 20.0 MiB\u{1b}[K",
        "\rcopying team/app@sha256:010000000000, 4.0 MiB of 20.0 MiB\u{1b}[K",
      ])
    display.end(id)
    #expect(written.take() == ["\r\u{1b}[K"])
  }

  @Test func severalAreAddedUpAndTheLineMakesWayForWhatEnds() {
    let display = display()
    let (first, second) = (display.begin("a"), display.begin("b"))
    display.show(first, mebibytes(1, of: 20))
    time.step(.seconds(1))
    display.show(second, mebibytes(2, of: 40))
    display.end(first)
    // The line came off for the copy's own: it is there again at once.
    display.show(second, mebibytes(3, of: 40))
    display.end(second)
    #expect(
      written.take() == [
        "\rcopying 2 images, 1.0 MiB of 20.0 MiB\u{1b}[K", "\rcopying 2 images, 3.0 MiB of 60.0 MiB\u{1b}[K",
        "\r\u{1b}[K", "\rcopying b, 3.0 MiB of 40.0 MiB\u{1b}[K", "\r\u{1b}[K",
      ])
  }

  @Test func whatWasNeverShownIsNotErased() {
    let display = display()
    display.end(display.begin("a"))
    #expect(written.take() == [])
  }

  @Test func aLongNameKeepsToOneLineOfATerminal() throws {
    let display = display()
    display.show(display.begin(String(repeating: "x", count: 200)), mebibytes(1, of: 2))
    let line = try #require(written.take().first)
    #expect(line.dropFirst().prefix { $0 != "\u{1b}" }.count == 79)
  }

  @Test(arguments: [
    (0, "0 KiB"), (1, "1 KiB"), (1 << 20, "1.0 MiB"), (1_100_000, "1.0 MiB"), (1_101_005, "1.1 MiB"),
    (1 << 31, "2048.0 MiB"),
  ])
  func bytesAreRoundedToTenths(bytes: Int, expected: String) {
    #expect(bytes.mebibytes == expected)
  }
}

private final class Written: Sendable {
  private let texts = Mutex<[String]>([])

  func add(_ text: String) { texts.withLock { $0.append(text) } }

  /// What was written since the last call.
  func take() -> [String] {
    texts.withLock { texts in
      defer { texts = [] }
      return texts
    }
  }
}

private final class StoppedTime: TimeSource {
  private let elapsed = Mutex(Duration.seconds(1000))

  func step(_ duration: Duration) { elapsed.withLock { $0 += duration } }
  func monotonic() -> Duration { elapsed.withLock { $0 } }
  func now() -> Timestamp { Timestamp(seconds: 0) }
  func sleep(until deadline: Duration) async throws {}
  func random() -> Double { 0 }
}
