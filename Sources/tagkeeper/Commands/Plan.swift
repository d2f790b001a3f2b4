import Model
import Reconciler

extension CommandSpec {
  static let plan = CommandSpec(
    name: "plan", summary: "Show what a pass would change, and change nothing.",
    discussion: """
      Compares what the branches declare with the registry's tags. `+` creates a tag, `~` moves it, `-`
      deletes it, `!` says that it is blocked or held, and why. With --rev it plans a commit or branch as
      if it had landed on the channel's, as a pull request's check does:

        tagkeeper plan --channel latest --rev origin/rollout/2026-11-22 --output markdown
      """,
    options: [
      OptionSpec(name: "--channel", value: "NAME", help: "this channel alone"),
      OptionSpec(name: "--rev", value: "REV", help: "a commit or branch instead of the channel's"),
      OptionSpec(name: "--detailed-exitcode", help: "exit with 2 where changes are pending"),
    ]
  ) { arguments in
    let workspace = try Workspace(arguments)
    let output = ReportOutput(arguments, environment: workspace.environment)
    let chosen = try workspace.channels(chosenBy: arguments)
    let repository = try await workspace.repository()
    let revision = try await repository.commit(named: arguments["--rev"])
    if let revision { try await CutFreshness(repository, workspace, chosen).check(revision) }
    let directory = try workspace.stateDirectory(arguments)
    var record = try directory.record()
    let registry = try workspace.openRegistry(manifests: nil)
    let copies = workspace.copies(to: registry)
    // What is only looked at needs no keys.
    let source =
      revision == nil
      ? try await workspace.stateSource(repository)
      : GitStateSource(repository, workspace, verifier: nil)
    let passes = workspace.channelsAfterTheirSources.map { settings in
      PlanPass(
        settings, source: source, registry: registry.writer, finder: copies,
        acceptances: workspace.acceptances(directory), suspensions: workspace.suspensions(directory),
        time: workspace.time)
    }
    var reportsByName: [String: PassReport] = [:]
    for pass in passes where chosen.contains(pass.settings) {
      var neighbours: [Neighbour] = []
      for other in passes where other.settings != pass.settings {
        neighbours.append(await other.neighbour(record))
      }
      var report = await pass.report(after: record, at: revision, beside: neighbours)
      report.revision = arguments["--rev"]
      // What a channel would apply, those that create from it would take at once.
      if revision == nil, report.error == nil, !report.isSuspended, let commit = report.commit {
        record = record.assuming(pass.settings.name, applied: commit)
      }
      let rolledBack = await RolledBackDigests(workspace, onto: pass.settings)
      reportsByName[pass.settings.name] = rolledBack?.noting(report) ?? report
    }
    let reports = workspace.channels.compactMap { reportsByName[$0.name] }
    output.print(reports, .plan)
    if reports.contains(where: \.needsAttentionAsPlan) { return .attention }
    let isPending = reports.contains { $0.plan.summary.pending > 0 }
    return isPending && arguments.isGiven("--detailed-exitcode") ? .pending : .done
  }
}

extension PassReport {
  fileprivate var needsAttentionAsPlan: Bool {
    error != nil || hasGap || plan.summary.needsAttention
  }
}
