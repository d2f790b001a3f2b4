import Model
import Registry

/// When images were built, as the registry has it: `set --if-newer`.
struct BuildTimes {
  private struct Image: Hashable {
    let repository: RepositoryName
    let digest: Digest
  }

  private typealias Answer = Result<Timestamp, RegistryError>

  private let registry: any ImageStore

  init(_ registry: any ImageStore) { self.registry = registry }

  /// The changes, those left whose new digest was not built after the declared one. New images are none of them.
  /// - Throws: `CommandFailure` naming every image whose time is not known: unknown is not newer.
  func leavingWhatIsNoNewer(_ changes: [DigestChange]) async throws(CommandFailure) -> [DigestChange] {
    let answers = await read(
      Set(
        changes.filter(\.isToBeWritten).flatMap { change in
          change.from.map { [$0, change.to].map { Image(repository: change.key.repository, digest: $0) } }
            ?? []
        }))
    var result: [DigestChange] = []
    var problems: [String] = []
    for var change in changes {
      if change.isToBeWritten, let from = change.from {
        let declared = time(of: from, "declared", change.key, answers, &problems)
        let new = time(of: change.to, "new", change.key, answers, &problems)
        if let declared, let new { change.reasonToLeave = Self.reasonToLeave(from, declared, change.to, new) }
      }
      result.append(change)
    }
    guard problems.isEmpty else {
      throw CommandFailure(
        "nothing was written: --if-newer needs the time of both builds (set without it compares nothing)\n"
          + problems.joined(separator: "\n"))
    }
    return result
  }

  private static func reasonToLeave(
    _ from: Digest, _ declared: Timestamp, _ to: Digest, _ new: Timestamp
  ) -> String? {
    if new > declared { return nil }
    return new == declared
      ? "\(from.short) and \(to.short) are equally old, both of \(declared)"
      : "\(from.short) is newer, of \(declared), and \(to.short) of \(new)"
  }

  private func time(
    of digest: Digest, _ role: String, _ key: ImageKey, _ answers: [Image: Answer], _ problems: inout [String]
  ) -> Timestamp? {
    switch answers[Image(repository: key.repository, digest: digest)] {
    case .success(let time): return time
    case .failure(let error): problems.append("\(key): the \(role) digest: \(error)")
    case nil: problems.append("\(key): the \(role) digest: it was not asked about")
    }
    return nil
  }

  /// All at once: the transport sends as many requests as it may.
  private func read(_ images: Set<Image>) async -> [Image: Answer] {
    let images = Array(images)
    // † Swift 6.3.1 crashes in an optimised build where a child's result is a pair of these two.
    return await withTaskGroup(of: (Int, Answer).self) { group in
      for (index, image) in images.enumerated() { group.addTask { (index, await time(of: image)) } }
      var answers: [Image: Answer] = [:]
      for await (index, answer) in group { answers[images[index]] = answer }
      return answers
    }
  }

  private func time(of image: Image) async -> Answer {
    do throws(RegistryError) {
      return .success(try await registry.created(of: image.digest, in: image.repository))
    } catch {
      return .failure(error)
    }
  }
}
