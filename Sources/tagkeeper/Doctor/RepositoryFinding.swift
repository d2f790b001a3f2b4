import Model

/// What one check found of one repository.
struct RepositoryFinding {
  let repository: RepositoryName
  /// Its subject is the check alone.
  let finding: Finding
}

extension [RepositoryFinding] {
  /// For people: a refusal that differs by the names in it alone is told once, with the first of its repositories.
  var told: [Finding] {
    var places: [Finding: Int] = [:]
    var groups: [[RepositoryFinding]] = []
    for each in self {
      if each.finding.verdict != .ok, let place = places[each.withoutNames] {
        groups[place].append(each)
      } else {
        places[each.withoutNames] = groups.count
        groups.append([each])
      }
    }
    return groups.map { group in
      let (first, repository) = (group[0].finding, group[0].repository)
      guard group.count > 1 else {
        return Finding(first.verdict, "\(first.subject) \(repository)", first.text, remedy: first.remedy)
      }
      return Finding(
        first.verdict, first.subject, "in \(group.count) repositories, such as \(repository): \(first.text)",
        remedy: first.remedy)
    }
  }
}

extension RepositoryFinding {
  fileprivate var withoutNames: Finding {
    let text = finding.text.replacing("\(repository)", with: "")
      .replacing(/\/manifests\/[^\s:]+(:[0-9a-f]{64})?/, with: "")
    return Finding(finding.verdict, finding.subject, text, remedy: finding.remedy)
  }
}
