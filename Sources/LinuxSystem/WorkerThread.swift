import CLinux
import Glibc
import Synchronization

/// A thread of its own for calls that block, which would stall Swift's cooperative pool.
///
/// Work runs in the order in which it was given. An actor on `executor` may block in its methods. The
/// thread ends after the work that was given before its last owner let go of it. Every signal is blocked in
/// it: signals go to the thread that waits for them, and a write to a closed pipe answers EPIPE instead of
/// ending the process.
package final class WorkerThread: Sendable {
  private let queue = WorkQueue()

  /// - Parameter name: What `ps -T` and debuggers show: at most 15 bytes (pthread_setname_np(3)).
  /// - Throws: `SystemError` where the system allows no further thread.
  package init(named name: String) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let start = Unmanaged.passRetained(ThreadStart(name: name, queue: queue))
    var (thread, everything, previous) = (pthread_t(), sigset_t(), sigset_t())
    sigfillset(&everything)
    pthread_sigmask(SIG_SETMASK, &everything, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    let code = pthread_create(&thread, &attributes, runWorkerThread, start.toOpaque())
    guard code == 0 else {
      start.release()
      throw SystemError("start a thread", code: code)
    }
  }

  deinit { queue.close() }

  /// For an actor's `unownedExecutor`; the actor has to own this thread.
  package var executor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

  /// Runs `body` on the thread, after what it was given before, and waits without blocking.
  package func run<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result = await withCheckedContinuation { (done: CheckedContinuation<Result<Value, Failure>, Never>) in
      start { done.resume(returning: Result(catching: body)) }
    }
    return try result.get()
  }

  /// Runs `body` on the thread, and does not wait.
  package func start(_ body: @escaping @Sendable () -> Void) { queue.add(.closure(body)) }
}

/// What the thread runs; it outlives its owner until it is empty.
private final class WorkQueue: SerialExecutor {
  enum Work: Sendable {
    case closure(@Sendable () -> Void)
    case job(UnownedJob)
    case end
  }

  private let works = Mutex<[Work]>([])
  nonisolated(unsafe) private let filled: UnsafeMutablePointer<sem_t>  // sem_t is for many threads

  init() {
    filled = .allocate(capacity: 1)
    sem_init(filled, 0, 0)
  }

  deinit {
    sem_destroy(filled)
    filled.deallocate()
  }

  func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

  func close() { add(.end) }

  func add(_ work: Work) {
    works.withLock { $0.append(work) }
    sem_post(filled)
  }

  /// The thread's life: sleeps until there is work, takes all there is, runs it in order.
  func runToEnd() {
    while true {
      uninterrupted { sem_wait(filled) }
      for work in works.withLock({ works in exchange(&works, with: []) }) {
        switch work {
        case .closure(let body): body()
        case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
        case .end: return
        }
      }
    }
  }
}

/// What a new thread is handed.
private final class ThreadStart {
  let name: String
  let queue: WorkQueue

  init(name: String, queue: WorkQueue) {
    self.name = name
    self.queue = queue
  }
}

private func runWorkerThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  let start = Unmanaged<ThreadStart>.fromOpaque(context!).takeRetainedValue()
  tagkeeper_name_thread(String(start.name.prefix(15)))
  start.queue.runToEnd()
  return nil
}

private func exchange<Value>(_ value: inout Value, with new: Value) -> Value {
  let old = value
  value = new
  return old
}
