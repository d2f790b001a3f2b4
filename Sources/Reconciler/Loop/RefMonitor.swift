import Model

/// Resolves the channels' branches when refs may have moved, and rings for those that did.
package actor RefMonitor {
  private let channels: [ChannelSettings]
  private let source: any StateSource
  private let doorbell: Doorbell
  private var known: [String: Resolution] = [:]

  package init(_ channels: [ChannelSettings], source: any StateSource, doorbell: Doorbell) {
    self.channels = channels
    self.source = source
    self.doorbell = doorbell
  }

  /// Call after any event on the refs, and at every poll.
  package func refsMayHaveMoved() async {
    for channel in channels {
      let resolution = await source.resolve(channel.branch)
      let last = known.updateValue(resolution, forKey: channel.name)
      // The loop begins with a pass of its own: the first look only remembers.
      if let last, last != resolution { doorbell.branchMoved(channel.name) }
    }
  }
}
