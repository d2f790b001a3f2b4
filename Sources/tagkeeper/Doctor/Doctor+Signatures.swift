import Configuration
import GitCheckout
import Model
import Reconciler

extension Doctor {
  /// Whether the keys can be read, and whether what the branches are at would be applied.
  mutating func signatures(_ workspace: Workspace, _ repository: GitRepository, _ arguments: Arguments) async
  {
    guard let verify = workspace.settings.verify else { return }
    let subject = "signatures"
    do {
      guard let verifier = try await workspace.verifier(repository) else { return }
      let (ssh, openPGP) = try await verifier.count()
      note(
        .ok(
          subject,
          "\(verify.keys.absolute) lists \(ssh.counted("SSH key")) and \(openPGP.counted("OpenPGP key"))"))
      let source = GitStateSource(repository, workspace, verifier: verifier)
      // Where it can't be read its own check says so.
      let record = try? workspace.stateDirectory(arguments).record()
      for channel in workspace.channels {
        guard case .commit(let tip) = await source.resolve(channel.branch) else { continue }
        let subject = "\(subject) \(channel.name)"
        switch await source.trust(in: tip, after: record?.channels[channel.name]?.applied) {
        case .trusted: note(.ok(subject, "\(tip.short) may be applied"))
        case .refused(let reason): note(.failure(subject, reason))
        case .unknown(let reason): note(.warning(subject, "unknown: \(reason)"))
        }
      }
    } catch {
      note(.failure(subject, CommandFailure(error).message))
    }
  }
}
