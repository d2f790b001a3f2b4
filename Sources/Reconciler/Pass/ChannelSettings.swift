package import Model

/// A channel: a branch, and the template of the tags that follow it.
package struct ChannelSettings: Hashable, Sendable {
  package let name: String
  package let branch: String
  package let template: TagTemplate
  /// The channel whose new images get their tag here at once; nil for none.
  package let createFrom: Source?
  /// What names a second tag of each generation of an image; nil for none.
  package let keep: KeepTemplate?
  /// Where a digest that a repository lacks is copied from, in order; none for nowhere.
  package let sources: [CopySource]
  /// Drift is told of, and left.
  package let reportsDrift: Bool

  package struct Source: Hashable, Sendable {
    package let channel: String
    package let branch: String

    package init(channel: String, branch: String) {
      self.channel = channel
      self.branch = branch
    }
  }

  package init(
    name: String, branch: String, template: TagTemplate, createFrom: Source? = nil, keep: KeepTemplate? = nil,
    sources: [CopySource] = [], reportsDrift: Bool = false
  ) {
    self.name = name
    self.branch = branch
    self.template = template
    self.createFrom = createFrom
    self.keep = keep
    self.sources = sources
    self.reportsDrift = reportsDrift
  }
}
