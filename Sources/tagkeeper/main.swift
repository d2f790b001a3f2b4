import Glibc

// Synchronous, so that the signals are blocked before there is a second thread: every thread inherits the mask, and
// `sigwait` below is the only place where they arrive. With an asynchronous main a blocked mask does not hold.
Signals.block()
let words = Array(CommandLine.arguments.dropFirst())
Task.detached {
  exit(await Program.run(words).rawValue)
}
Signals.wait()
