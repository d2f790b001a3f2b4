package import Model

/// From a commit of a branch on, an image has this digest.
package struct DeclaredChange: Hashable, Sendable {
  package let commit: BranchTimeline.Commit
  /// Where the commit stands on the chain.
  package let position: Int
  /// When the commit landed, never before an earlier one: clocks differ.
  package let declared: Timestamp
  /// Nil where the image was not declared before.
  package let from: Digest?
  /// Nil where the commit removed the image.
  package let to: Digest?
  /// Nil where the branch is none that rollouts land on.
  package let provenance: Provenance?
  /// The rollback that later took this digest back; nil where none did.
  package let rolledBackBy: BranchTimeline.Commit?
}

extension BranchTimeline {
  /// The changes of an image's digest, oldest first.
  /// - Parameter source: Where rollouts come from; nil where none land here: then nothing is told of provenance.
  package func digestChanges(of key: ImageKey, from source: BranchTimeline?) -> [DeclaredChange] {
    let past = digests(of: key)
    let provenances = source.map {
      ProvenanceReader(source: $0, target: self).provenances(of: past, from: $0.digests(of: key))
    }
    let rollbacks = source.map { lives(of: key, from: $0).rollbacks } ?? [:]
    return past.steps.enumerated().map { index, step in
      DeclaredChange(
        commit: step.change.commit, position: step.position, declared: step.time,
        from: past.value(before: index), to: step.value, provenance: provenances?[index],
        rolledBackBy: rollbacks[step.position])
    }
  }
}
