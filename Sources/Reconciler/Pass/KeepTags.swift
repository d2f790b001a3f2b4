import Model
import Planning

/// The keep tags of a pass.
struct KeepTags {
  private(set) var tags: [KeepTag] = []
  /// Why some or all of them wait; nil where none does.
  private(set) var gap: String?

  /// None while the history is being read.
  init(_ channel: ChannelSettings, _ target: Target, _ history: HistoryReading?, _ creation: Creation) {
    guard let template = channel.keep, let history else { return }
    gap = history.gap
    guard gap == nil else { return }
    do throws(InvalidValue) {
      let all = try KeepTag.tags(
        of: target.state, history.history, created: creation.created, template: template)
      tags = all.filter { target.declared[$0.reference] == nil }
      if let taken = all.first(where: { target.declared[$0.reference] != nil }) {
        gap = "\(taken.reference) is a tag of the channel itself: change the template of keep"
      }
    } catch {
      gap = error.description
    }
  }

  var references: [TagReference] { tags.map(\.reference) }

  /// Those that nobody misses where the registry collected their digest.
  var past: Set<TagReference> { Set(tags.lazy.filter(\.isPast).map(\.reference)) }

  func changes(
    beside neighbours: [Neighbour], observed: (TagReference) -> Observation?
  ) -> [Change] {
    tags.compactMap { tag in
      let declarer = neighbours.first { $0.declared?[tag.reference] != nil }
      return tag.change(observed: observed(tag.reference), declaredBy: declarer?.settings.name)
    }
  }
}

extension ChannelReconciler {
  /// Asks about the keep tags that it is time for.
  func observe(_ keep: KeepTags, _ report: inout PassReport) async {
    let now = time.monotonic()
    // What is being copied is asked about once it is there.
    let asked = keep.tags.filter { flights?.isUnderWay(NeededImage($0)) != true }
    let due = memory.keep.beginPass(asked, at: now).filter { memory.backoff.isDue($0, at: now) }
    guard !due.isEmpty, !interrupt.isRaised else { return }
    let answers = await ask(due)
    if let reason = unreachableHold(answers) { report.keepGap = reason }
    memory.keep.take(answers, at: time.monotonic())
    for (tag, answer) in answers where !answer.isKnown {
      memory.backoff.failed(tag, at: time.monotonic(), random: time.random())
    }
  }
}
