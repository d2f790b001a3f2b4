package import Model

/// What `tagkeeper.yaml` says (design, section 4). Holds no secret: credentials are named by the environment variables
/// and files that have them, and reading these is the caller's.
package struct Settings: Sendable, Equatable {
  /// `state` where the file does not say.
  package static let defaultState = "desired-state/images.yaml"

  /// The git checkout or bare repository; relative only where the configuration's own path is.
  package var checkout: String
  /// Path of the desired-state file or directory in the branch's tree.
  package var state: String
  /// Former values of `state`, whose history still tells which tags the branch owns.
  package var statePaths: [String]
  package var registry: RegistryAddress
  /// Of `registry`: what stands at the file's top level.
  package var registryHost: Host
  /// Of other registries: by host, in lower case, and port where it is not the scheme's own.
  package var hosts: [String: Host]
  /// In the file's order; at least one.
  package var channels: [Channel]
  /// Nil where every commit of a branch counts, whoever signed it.
  package var verify: Verification?
  /// How often branches are resolved when no event arrives.
  package var poll: Duration
  /// How often every tag is compared.
  package var sweep: Duration
  /// Nil where something else brings commits into the checkout.
  package var fetch: Fetch?
  /// Nil where nothing is served over HTTP.
  package var listen: Listen?
  package var hooks: Hooks

  /// Whose signatures a commit needs to be applied.
  package struct Verification: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
      /// The commit that would be applied.
      case head
      /// That one and those before it that were not applied yet.
      case all
    }

    /// The file that lists the keys; relative only where the configuration's own path is.
    package var keys: String
    package var mode: Mode

    package init(keys: String, mode: Mode = .head) {
      self.keys = keys
      self.mode = mode
    }
  }

  /// A branch and the template of the tags that it declares.
  package struct Channel: Sendable, Equatable {
    /// `[a-z0-9][a-z0-9._-]{0,63}`.
    package var name: String
    /// Without `refs/heads/`.
    package var branch: String
    package var tag: TagTemplate
    /// The channel whose new images get a tag here at once; nil where only the branch brings images.
    package var createFrom: String?
    /// What names a second tag of each generation of an image; nil for none.
    package var keep: KeepTemplate?
    /// Where a digest that is not in a repository yet is copied from, in order.
    package var sources: [CopySource]
    package var drift: Drift

    /// What is done about a tag that somebody else moved.
    package enum Drift: String, Sendable, CaseIterable {
      case heal
      /// It is told of, and left.
      case report
    }

    package init(
      name: String, branch: String, tag: TagTemplate, createFrom: String? = nil, keep: KeepTemplate? = nil,
      sources: [CopySource] = [], drift: Drift = .heal
    ) {
      self.name = name
      self.branch = branch
      self.tag = tag
      self.createFrom = createFrom
      self.keep = keep
      self.sources = sources
      self.drift = drift
    }
  }
}
