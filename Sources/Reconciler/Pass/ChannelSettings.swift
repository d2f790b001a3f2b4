package import Model

/// A channel: a branch, and the template of the tags that follow it.
package struct ChannelSettings: Hashable, Sendable {
  package let name: String
  package let branch: String
  package let template: TagTemplate

  package init(name: String, branch: String, template: TagTemplate) {
    self.name = name
    self.branch = branch
    self.template = template
  }
}
