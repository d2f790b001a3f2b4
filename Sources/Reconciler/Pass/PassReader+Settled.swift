import Model
import Planning

extension PassReader {
  /// The digest with which each tag was last in sync, as far as that is still certain before `next` is made true: what the
  /// last converged commit declared, and what was put since.
  func settled(_ record: JournalRecord.Channel?, before next: Target) async -> [TagReference: Digest] {
    guard let record else { return [:] }
    var last = await readTarget(record.converged)
    var settled = last?.own.digests ?? [:]
    let puts = Dictionary(grouping: record.put) { $0.value.begun }
    for (index, commit) in ([nil] + record.begun).enumerated() {
      if let commit {
        let target = await readTarget(commit)
        heartbeat?.beat()
        // A commit that can't be read may have declared anything.
        settled = target?.unchanged(settled, since: last) ?? [:]
        last = target
      }
      for (tag, put) in puts[index] ?? [] { settled[tag] = put.digest }
    }
    return next.unchanged(settled, since: last)
  }

  private func readTarget(_ commit: CommitID?) async -> Target? {
    guard let commit, case .target(let target, _) = await target(at: commit) else { return nil }
    return target
  }
}

extension Target {
  /// What of `settled` this commit lets stand. What it declares otherwise than `earlier` it may write, or delete, and be
  /// cut off before that is known: to find it so later is nobody else's doing.
  func unchanged(
    _ settled: [TagReference: Digest], since earlier: Target?
  ) -> [TagReference: Digest] {
    settled.filter { tag, digest in
      // A tag that neither declares was created from another channel.
      own[tag].map { $0.digest == digest } ?? (earlier?.own[tag] == nil)
    }
  }
}
