package import Model

/// What `tagkeeper.yaml` says (design, section 4). Holds no secret: credentials are named by the environment variables
/// that have them, and reading these is the caller's.
package struct Settings: Sendable, Equatable {
  /// `state` where the file does not say.
  package static let defaultState = "desired-state/images.yaml"

  /// The git checkout or bare repository; relative only where the configuration's own path is.
  package var checkout: String
  /// Path of the desired-state file or directory in the branch's tree.
  package var state: String
  /// Former values of `state`, whose history still tells which tags the branch owns.
  package var statePaths: [String]
  package var registry: RegistryURL
  package var credentials: Credentials?
  /// In the file's order; at least one.
  package var channels: [Channel]
  /// How often branches are resolved when no event arrives.
  package var poll: Duration
  /// How often every tag is compared.
  package var sweep: Duration
  /// Requests in flight to the registry, 1 to 256.
  package var concurrency: Int

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

    package init(
      name: String, branch: String, tag: TagTemplate, createFrom: String? = nil, keep: KeepTemplate? = nil
    ) {
      self.name = name
      self.branch = branch
      self.tag = tag
      self.createFrom = createFrom
      self.keep = keep
    }
  }

  /// Where the name and the password for the registry are.
  package struct Credentials: Sendable, Equatable {
    package enum Username: Sendable, Equatable {
      case text(String)
      /// The environment variable that has it.
      case variable(String)
    }

    package var username: Username
    /// The environment variable that has the password.
    package var passwordVariable: String

    package init(username: Username, passwordVariable: String) {
      self.username = username
      self.passwordVariable = passwordVariable
    }
  }
}
