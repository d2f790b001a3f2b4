import Glibc
import Model
import Reconciler

extension CommandSpec {
  static let apply = CommandSpec(
    name: "apply", summary: "Make one pass, then exit.",
    discussion: """
      Makes the registry's tags equal to what the branches declare, once. A daemon that runs on the same
      state directory is in the way: one writer at a time. With --rev it applies that commit, and does not
      record it as the branch's. A channel's first pass deletes nothing; the second does.
      """,
    options: [
      OptionSpec(name: "--channel", value: "NAME", help: "this channel alone"),
      OptionSpec(name: "--rev", value: "REV", help: "a commit or branch instead of the channel's"),
    ]
  ) { arguments in
    let workspace = try Workspace(arguments)
    let output = ReportOutput(arguments, environment: workspace.environment)
    let chosen = try workspace.channels(chosenBy: arguments)
    let repository = try await workspace.repository()
    let revision = try await repository.commit(named: arguments["--rev"])
    if let revision { try await CutFreshness(repository, workspace, chosen).check(revision) }
    let directory = try workspace.stateDirectory(arguments)
    let lock = try directory.lock()
    defer { withExtendedLifetime(lock) {} }
    let registry = try workspace.openRegistry(manifests: directory.manifests)
    let display = CopyDisplay.onTerminal(workspace.time)
    let copies = workspace.copies(to: registry, display: display)
    let log = Log(
      format: arguments.choice("--log-format", default: .text),
      level: arguments.choice("--log-level", default: .info), time: workspace.time)
    let events: any EventSink = CopyLog(log: log, showsProgress: display != nil)
    let deleter = TagDeleter(
      registry: registry.writer, journal: try directory.journal(workspace.time), time: workspace.time)
    let interrupt = Interrupt()
    Signals.onStop {
      interrupt.raise()
      Signals.onStop { exit(ExitStatus.attention.rawValue) }
    }
    let words = try? directory.watchForWords(workspace.channels.map(\.name)) { interrupt.raise() }
    defer { withExtendedLifetime(words) {} }
    let source = try await workspace.stateSource(repository)
    let channels = workspace.channels.map { settings in
      ChannelReconciler(
        settings, source: source, acceptances: workspace.acceptances(directory),
        suspensions: workspace.suspensions(directory, isHeld: true), deleter: deleter, copier: copies,
        events: events,
        interrupt: interrupt, waitsForLongWork: true)
    }
    for channel in channels { await channel.readState() }
    // What another process left unfinished is in no report.
    try await deleter.recover(telling: log)
    var reportsByName: [String: PassReport] = [:]
    // What a channel applies now, those that create from it take at once.
    for settings in workspace.channelsAfterTheirSources where chosen.contains(settings) {
      guard let channel = channels.first(where: { $0.settings == settings }) else { continue }
      let neighbours = channels.filter { $0 !== channel }.map(\.neighbour)
      var report = await channel.pass(.sweep, at: revision, beside: neighbours)
      report.revision = arguments["--rev"]
      reportsByName[settings.name] = report
    }
    let reports = workspace.channels.compactMap { reportsByName[$0.name] }
    output.print(reports, .applied)
    return reports.contains(where: \.needsAttention) ? .attention : .done
  }
}

/// `apply` prints its report: only copies, which may take long, are told of before.
private struct CopyLog: EventSink {
  let log: Log
  /// A terminal's line tells of the copies under way.
  let showsProgress: Bool

  func take(_ event: Event) {
    switch event {
    case .copied: log.take(event)
    case .copying where !showsProgress: log.take(event)
    default: break
    }
  }
}
