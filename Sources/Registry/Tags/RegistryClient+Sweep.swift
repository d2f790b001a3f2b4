package import Model

extension RegistryClient {
  /// What each of `tags` points to now. Where one listing tells a repository's digests it is asked first, and proves at
  /// most that a tag has the digest expected of it; everything else gets its `HEAD`.
  ///
  /// A tenth of the tags that a listing vouches for get a `HEAD` all the same, others each time, so that each gets one in
  /// ten calls: no drift hides behind a stale listing for longer. Where one of them contradicts the listing, listings are
  /// given up for the process.
  /// - Parameter answered: Called at every answer, of a tag or a page of a listing.
  package func observe(
    _ tags: [TagReference], expecting expected: [TagReference: Digest],
    answered: @escaping @Sendable () -> Void = {}
  ) async -> [TagReference: Observation] {
    let vouched = await inSync(tags, by: expected, answered)
    let sample = listings.sample(of: vouched.keys)
    var answers = await observe(tags.filter { vouched[$0] == nil || sample.contains($0) }, answered: answered)
    listings.answered(sample.filter { answers[$0]?.isKnown == true })
    let contradiction = sample.sorted().lazy.compactMap { [address] tag -> String? in
      guard let digest = vouched[tag], let answer = answers[tag], answer.isKnown, answer.digest != digest
      else { return nil }
      return "\(address.authority): a listing says that \(tag) has \(digest.short), and the tag itself "
        + "\(answer.digest.map { "has \($0.short)" } ?? "is not there"): tags are asked about one by one from now on"
    }.first
    guard contradiction == nil else {
      listings.distrust(contradiction!)
      let others = await observe(tags.filter { answers[$0] == nil }, answered: answered)
      return answers.merging(others) { answer, _ in answer }
    }
    for (tag, digest) in vouched where !sample.contains(tag) { answers[tag] = .present(digest) }
    return answers
  }

  /// Calls `body` with a line for the log where listings are given up.
  package func tellOfListings(_ body: @escaping @Sendable (String) -> Void) { listings.tell(body) }

  /// Those of `tags` to which a listing gives the digest that is expected.
  private func inSync(
    _ tags: [TagReference], by expected: [TagReference: Digest], _ answered: () -> Void
  ) async -> [TagReference: Digest] {
    let repositories = Dictionary(grouping: tags.filter { expected[$0] != nil }, by: \.repository)
    var inSync: [TagReference: Digest] = [:]
    for (repository, tags) in repositories.sorted(by: { $0.key < $1.key }) {
      guard !Task.isCancelled, listings.isWorthwhile(repository, tags: tags.count) else { continue }
      do {
        // A page has a thousand tags at most, and takes longer than a `HEAD`.
        let listing = try await listDigests(in: repository, pages: tags.count / 20, answered: answered)
        switch listing {
        case .withoutDigests: listings.end()
        case .tooLong: listings.failed(repository)
        case .digests(let digests):
          listings.succeeded(repository)
          for tag in tags where digests[tag.tag] == expected[tag] { inSync[tag] = expected[tag] }
        }
      } catch {
        // A sweep that makes way says nothing of the listing.
        if error.kind == .cancelled { break }
        listings.failed(repository)
        // What answers nothing is not asked for the next repository's listing.
        if error.kind == .transport { break }
      }
    }
    return inSync
  }
}
