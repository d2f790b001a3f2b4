package import Model
package import Planning

/// What a channel is to become: a commit, its state, and the tags that follow.
package struct Target: Sendable {
  package let commit: CommitID
  package let state: DesiredState
  /// The tags that the state makes.
  package let own: DeclaredTags
  /// With those that are created from another channel.
  package var declared: DeclaredTags
}

/// The answer of looking for a target.
enum TargetReading: Sendable {
  /// `accepted` is the commit with which a person ended a rewound branch's hold just now.
  case target(Target, accepted: CommitID?)
  /// The pass is held; the last good target stays.
  case held(CommitID?, reason: String)
  /// The pass has to wait for what is on its way.
  case awaited(String)
}
