import Glibc

/// Opens once: a reply waits for it on its own thread.
package final class Gate: Sendable {
  nonisolated(unsafe) private let semaphore: UnsafeMutablePointer<sem_t>  // sem_t is made for many threads

  package init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  package func open() { sem_post(semaphore) }

  /// Blocks the thread until the gate is open, and leaves it open.
  package func wait() {
    while sem_wait(semaphore) != 0 {}
    sem_post(semaphore)
  }
}
