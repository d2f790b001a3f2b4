/// A branch that could not be fetched, and why.
struct FetchFailure: Hashable {
  let branch: String
  let reason: String
}

/// Why some branches can't be fetched, from the first failure to a round without one.
struct FetchOutage {
  /// Monotonic.
  let start: Duration
  private var told: Set<String> = []
  /// When all of it is told again: what is followed grows old.
  private var reminder: Duration

  init(start: Duration) {
    self.start = start
    reminder = start + .seconds(3600)
  }

  /// What is to be told now, by its reason, in the branches' order: what is new, and after an hour and then once a day
  /// everything.
  mutating func news(of failures: [FetchFailure], now: Duration) -> [[FetchFailure]] {
    if now >= reminder {
      reminder = now + .seconds(86_400)
      told = []
    }
    var news: [[FetchFailure]] = []
    for failure in failures {
      if let index = news.firstIndex(where: { $0[0].reason.withoutDigits == failure.reason.withoutDigits }) {
        news[index].append(failure)
      } else {
        news.append([failure])
      }
    }
    news.removeAll { told.contains($0[0].reason.withoutDigits) }
    told.formUnion(news.map { $0[0].reason.withoutDigits })
    return news
  }
}
