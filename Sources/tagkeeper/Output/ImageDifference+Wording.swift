import Model
import Planning

extension ImageDifference {
  /// What of it matters most.
  enum Kind: String {
    case added, removed, moved
    /// The digest stayed; its hold is another, new or gone.
    case held
    /// Only the day changed.
    case eol

    /// As in a plan.
    var mark: String {
      switch self {
      case .added: "+"
      case .removed: "-"
      case .moved: "~"
      case .held, .eol: "="
      }
    }
  }

  var kind: Kind {
    if isAdded { return .added }
    if isRemoved { return .removed }
    if isMoved { return .moved }
    return hold == nil ? .eol : .held
  }

  /// `sha256:… → sha256:…`, or the one that there is.
  var digests: String {
    let sides = isMoved ? [old, new] : [new ?? old]
    return sides.compactMap { $0?.digest.short }.joined(separator: " → ")
  }

  /// What changed beside the digest; of an image that went, nothing.
  var notes: [String] {
    guard !isRemoved else { return [] }
    var notes: [String] = []
    if let hold {
      switch (hold.from?.printable, hold.to?.printable) {
      case (nil, let why?): notes.append("held: \(why)")
      case (let before?, let why?): notes.append("held: \(why) (before: \(before))")
      case (let before, nil): notes.append("no longer held (before: \(before ?? ""))")
      }
    }
    if let eol {
      switch (eol.from, eol.to) {
      case (nil, let day?): notes.append("eol \(day)")
      case (let before?, let day?): notes.append("eol \(day) (before: \(before))")
      case (let before, nil): notes.append("no eol (before: \(before.map { "\($0)" } ?? ""))")
      }
    }
    return notes
  }
}
