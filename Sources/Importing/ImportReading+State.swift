package import Model
package import YAML

/// Which digest an image gets that a record gives several.
package enum ConflictPreference: Hashable, Sendable {
  /// The one that was built last, by the record.
  case newest
  /// The one of these.
  case digests(Set<Digest>)
}

/// The desired state that a record makes.
package struct ImportedState: Sendable {
  /// Nil where a diagnostic is an error.
  package let state: DesiredState?
  /// By place.
  package let diagnostics: [Diagnostic]
  /// Images that the preference decided on.
  package let decided: Int
  /// Preferred digests that no conflict has: slips.
  package let idlePreferences: Set<Digest>
}

extension ImportReading {
  /// The state that declares each image once. Equal mentions count once; an image with several digests is an error that
  /// names every place, unless `preference` decides.
  package func state(preferring preference: ConflictPreference? = nil) -> ImportedState {
    var diagnostics = diagnostics
    var entries: [DesiredState.Entry] = []
    var decided = 0
    var idle: Set<Digest> = if case .digests(let digests)? = preference { digests } else { [] }
    for (key, mentions) in Dictionary(grouping: mentions, by: \.key) {
      let candidates = Candidate.all(in: mentions)
      if candidates.count == 1 {
        entries.append(DesiredState.Entry(key: key, digest: candidates[0].digest))
        continue
      }
      idle.subtract(candidates.map(\.digest))
      switch Choice(of: candidates, by: preference) {
      case .digest(let digest):
        decided += 1
        entries.append(DesiredState.Entry(key: key, digest: digest))
      case .none(let remedy): diagnostics.report(key, candidates, remedy: remedy)
      }
    }
    return ImportedState(
      // Keys are unique, so that the state can be made.
      state: diagnostics.hasErrors ? nil : try? DesiredState(entries),
      diagnostics: diagnostics.sorted, decided: decided, idlePreferences: idle)
  }
}

/// One of the digests that a record gives an image.
private struct Candidate {
  let digest: Digest
  /// The latest that the record says.
  var created: Timestamp?
  /// Where it is mentioned first.
  let place: Node

  /// Each digest once, in the file's order.
  static func all(in mentions: [ImportReading.Mention]) -> [Candidate] {
    var candidates: [Candidate] = []
    for mention in mentions {
      guard let known = candidates.firstIndex(where: { $0.digest == mention.digest }) else {
        candidates.append(
          Candidate(digest: mention.digest, created: mention.created, place: mention.place))
        continue
      }
      candidates[known].created = [candidates[known].created, mention.created].compactMap { $0 }.max()
    }
    return candidates
  }

  var description: String { "\(digest)\(created.map { ", created \($0)" } ?? "")" }
}

private enum Choice {
  case digest(Digest)
  /// With what a person can do.
  case none(remedy: String)

  init(of candidates: [Candidate], by preference: ConflictPreference?) {
    let byName = "name one of these digests with --prefer"
    let times = candidates.compactMap(\.created)
    let latest = times.count == candidates.count ? times.max() : nil
    let newest = candidates.filter { latest != nil && $0.created == latest }
    switch preference {
    case .digests(let preferred):
      let found = candidates.filter { preferred.contains($0.digest) }
      self =
        found.count == 1
        ? .digest(found[0].digest) : .none(remedy: found.isEmpty ? byName : "prefer one of them alone")
    case .newest where newest.count == 1: self = .digest(newest[0].digest)
    case .newest:
      let reason = newest.isEmpty ? "the time of one is not known" : "two are equally new"
      self = .none(remedy: "\(reason): \(byName)")
    case nil:
      self = .none(remedy: newest.count == 1 ? "\(byName), or give --prefer newest" : byName)
    }
  }
}

extension Diagnostics {
  /// Reports an image with several digests at the last of their places.
  fileprivate mutating func report(_ key: ImageKey, _ candidates: [Candidate], remedy: String) {
    let last = candidates[candidates.count - 1]
    let notes = candidates.dropLast().map { note(at: $0.place, "here \($0.description)") }
    error(
      at: last.place, "\(key) has \(candidates.count) digests: here \(last.description)", remedy: remedy,
      notes: notes)
  }
}
