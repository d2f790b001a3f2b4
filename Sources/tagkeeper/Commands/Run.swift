import Configuration
import FoundationEssentials
import GitCheckout
import Glibc
import LinuxSystem
import Model
import Reconciler
import StatusServer

extension CommandSpec {
  static let run = CommandSpec(
    name: "run", summary: "Keep the registry equal to the branches: the daemon.",
    discussion: """
      Applies every commit of the channels' branches as it lands, and heals tags that somebody else moved.
      It reads the checkout's object database alone; where the configuration has fetch:, it fetches the
      channels' branches into it, else something else has to. The log goes to standard error: a line for
      each change, none for a quiet pass.

      Under the address of listen: it answers /healthz and /readyz, and takes the hints of hooks:.

      SIGTERM stops it within a second, SIGHUP compares every tag at once. As a service of systemd, of
      Type=notify, it says when it is ready, how its channels stand, and to the watchdog that passes get on.
      """
  ) { arguments in
    let workspace = try Workspace(arguments)
    let log = Log(
      format: arguments.choice("--log-format", default: .text),
      level: arguments.choice("--log-level", default: .info), time: workspace.time)
    let service = try ServiceNotifications(ProcessInfo.processInfo.environment, log)
    let directory = try workspace.stateDirectory(arguments)
    let lock = try directory.lock()
    defer { withExtendedLifetime(lock) {} }
    let repository = try await workspace.repository()
    let registry = try workspace.openRegistry(manifests: directory.manifests)
    registry.tellOfListings { log.warning($0) }
    let secrets = try workspace.hookSecrets()
    let socket = try workspace.listeningSocket()
    let journal = try directory.journal(workspace.time)

    let doorbell = Doorbell()
    let fetches = workspace.fetches(into: repository, telling: log)
    let source = try await workspace.stateSource(repository, fetches)
    let monitor = RefMonitor(workspace.channels, source: source, doorbell: doorbell)
    let fetching = Task { await fetches?.run { await monitor.refsMayHaveMoved() } }
    defer { fetching.cancel() }
    Signals.onHangUp {
      fetches?.fetchNow()
      doorbell.sweep()
    }
    Signals.onStop {
      service.stopping()
      fetching.cancel()
      stop(doorbell, registry)
    }
    let hints = HookHints(workspace.time)
    let followers =
      try await followRefs(workspace, repository, monitor, log) + hints.follow(fetches, monitor, doorbell)
    defer { for follower in followers { follower.cancel() } }
    let words = watchForWords(directory, workspace, doorbell, fetches, log)
    defer { withExtendedLifetime(words) {} }
    log.info(
      "tagkeeper \(Version.text) follows \(repository.path) into \(registry.writer.host): "
        + workspace.channels.map { "\($0.name) (\($0.branch))" }.joined(separator: ", "))

    let heartbeat = Heartbeat(workspace.time)
    let events = Readiness(workspace.channels.map(\.name), passingOnTo: service.events)
    let server = try workspace.serve(
      on: socket,
      [.health(of: heartbeat, patience: service.patience), .readiness(events)]
        + workspace.hooks(secrets, giving: hints, telling: log), log)
    defer { withExtendedLifetime(server) {} }
    let deleter = TagDeleter(
      registry: registry.writer.beating(heartbeat), journal: journal, time: workspace.time)
    let copies = workspace.copies(to: registry)
    let channels = workspace.channels.map { settings in
      ChannelReconciler(
        settings, source: source, acceptances: workspace.acceptances(directory),
        suspensions: workspace.suspensions(directory, isHeld: true), deleter: deleter, copier: copies,
        events: events, interrupt: doorbell.interrupt, waitsForLongWork: false,
        heartbeat: heartbeat, sweepInterval: workspace.settings.sweep,
        longWorkEnded: { doorbell.longWorkEnded(settings.name) })
    }
    let loop = ReconcileLoop(
      channels, deleter: deleter, doorbell: doorbell, events: events, poll: workspace.settings.poll,
      sweep: workspace.settings.sweep, heartbeat: heartbeat)
    // Now that nothing keeps it from starting: one that fails for ever leaves no line each time.
    try await journal.commit(.started(version: Version.text))
    service.ready()
    let feeding = Task { await service.feedWatchdog(heartbeat, workspace.time) }
    defer { feeding.cancel() }
    await loop.run()
    fetching.cancel()
    // A git that was cut off has not ended before its children have.
    await fetching.value
    log.info("stopped")
    await service.flush()
    return .done
  }
}

/// Lets what is in flight finish, for as long as a second allows.
private func stop(_ doorbell: Doorbell, _ registry: OpenedRegistry) {
  doorbell.stop()
  Signals.onStop { exit(ExitStatus.attention.rawValue) }
  Task.detached { await registry.shutdown(grace: .milliseconds(700)) }
  // What is left of the second is the journal's.
  Task.detached {
    try? await Task.sleep(for: .milliseconds(950))
    exit(ExitStatus.done.rawValue)
  }
}

/// What a person suspends, resumes or accepts goes before whatever is under way, and what is fetched before it.
private func watchForWords(
  _ directory: StateDirectory, _ workspace: Workspace, _ doorbell: Doorbell, _ fetches: FetchLoop?, _ log: Log
) -> DirectoryWatcher? {
  let names = workspace.channels.map(\.name)
  let ring = { @Sendable in
    _ = Task {
      await fetches?.renew()
      names.forEach(doorbell.branchMoved)
    }
  }
  do { return try directory.watchForWords(names, ring) } catch {
    log.warning("suspend, resume and accept are seen by the next pass, not at once: \(error)")
    return nil
  }
}

/// Resolves the branches after every event on the refs, and at every poll.
private func followRefs(
  _ workspace: Workspace, _ repository: GitRepository, _ monitor: RefMonitor, _ log: Log
) async throws -> [Task<Void, Never>] {
  await monitor.refsMayHaveMoved()
  let watcher: RefWatcher?
  do {
    watcher = try await RefWatcher(
      branches: workspace.channels.map(\.branch), commonDirectory: await repository.commonDirectory)
  } catch {
    log.warning("refs can't be watched, so commits are seen every \(workspace.settings.poll): \(error)")
    watcher = nil
  }
  let wakes = Task {
    guard let watcher else { return }
    for await _ in watcher.wakes { await monitor.refsMayHaveMoved() }
  }
  let polls = Task {
    while (try? await workspace.time.sleep(until: workspace.time.monotonic() + workspace.settings.poll))
      != nil
    {
      try? await watcher?.rearm(commonDirectory: repository.commonDirectory)
      await monitor.refsMayHaveMoved()
    }
  }
  return [wakes, polls]
}
