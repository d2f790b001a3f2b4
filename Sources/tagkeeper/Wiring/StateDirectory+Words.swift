import LinuxSystem

extension StateDirectory {
  /// Calls `body`, until the watcher is let go, whenever a person's `accept`, `suspend` or `resume` may have come.
  /// - Throws: `SystemError` where the system's limits of inotify are reached.
  func watchForWords(
    _ channels: [String], _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) -> DirectoryWatcher {
    let acceptances = Set(channels.map { AcceptanceFiles.prefix + $0 })
    let watcher = try DirectoryWatcher { event in
      switch event {
      case .entry(_, let name):
        // An acceptance that is gone was taken: by this process.
        let isAcceptance = acceptances.contains(name) && FileStamp("\(path)/\(name)") != nil
        if name == SuspensionFile.name || isAcceptance { body() }
      case .gone, .overflow: body()
      }
    }
    try watcher.watch([path])
    return watcher
  }
}
