import Model
import Reconciler

/// What `suspend` and `resume` are told: a channel or all, images or all.
struct SuspensionScope {
  static let options = [OptionSpec(name: "--channel", value: "NAME", help: "this channel alone")]

  private let channel: String?
  /// Empty for all.
  private let images: [ImageKey]
  /// Those that no branch declares at present: their tags may be about to be deleted, or misspelt.
  let undeclared: [ImageKey]

  /// - Parameter known: What is suspended: it can be named whatever became of its channel and its image.
  /// - Throws: `CommandFailure` for a channel that is not configured, and for an image that no branch declares, where it
  ///   is not named as `REPOSITORY/IMAGE`.
  init(
    _ arguments: Arguments, _ workspace: Workspace, besides known: [Suspension] = []
  ) async throws(CommandFailure) {
    channel = arguments["--channel"]
    if let channel, !known.contains(where: { $0.channel == channel }) {
      _ = try workspace.channel(named: channel)
    }
    guard !arguments.operands.isEmpty else {
      (images, undeclared) = ([], [])
      return
    }
    let (declared, unread) = await Self.declared(workspace)
    let keys = declared.union(known.compactMap(\.image))
    var (images, undeclared): ([ImageKey], [ImageKey]) = ([], [])
    for text in arguments.operands {
      let key: ImageKey
      do { key = try ImageArgument.key(text, among: keys) } catch {
        // At three in the morning the branches may be what can't be read.
        guard let named = try? ImageKey(argument: text) else { throw unread ?? error }
        key = named
        if unread == nil { undeclared.append(key) }
      }
      if !images.contains(key) { images.append(key) }
    }
    (self.images, self.undeclared) = (images, undeclared)
  }

  func suspensions(
    _ reason: String, author: String, since: Timestamp, until: Timestamp?
  ) -> [Suspension] {
    scopes.map {
      Suspension(channel: channel, image: $0, reason: reason, author: author, since: since, until: until)
    }
  }

  func has(_ suspension: Suspension) -> Bool {
    suspension.channel == channel && scopes.contains(suspension.image)
  }

  private var scopes: [ImageKey?] { images.isEmpty ? [nil] : images }

  /// The images of all channels, one of which may create another's, and why there may be more.
  private static func declared(
    _ workspace: Workspace
  ) async -> (keys: Set<ImageKey>, unread: CommandFailure?) {
    let source: GitStateSource
    do { source = GitStateSource(try await workspace.repository(), workspace, verifier: nil) } catch {
      return ([], error)
    }
    var keys: Set<ImageKey> = []
    var unread: CommandFailure?
    for channel in workspace.channels {
      if case .commit(let tip) = await source.resolve(channel.branch),
        case .state(let state) = await source.state(at: tip)
      {
        keys.formUnion(state.entries.map(\.key))
      } else {
        unread = CommandFailure("the state of \(channel.branch) can't be read: write REPOSITORY/IMAGE")
      }
    }
    return (keys, unread)
  }
}

extension ImageKey {
  /// - Parameter argument: `REPOSITORY/IMAGE`.
  /// - Throws: `InvalidValue`.
  fileprivate init(argument: String) throws(InvalidValue) {
    guard let slash = argument.lastIndex(of: "/") else {
      throw InvalidValue("\(argument.quoted) names no repository", remedy: "write REPOSITORY/IMAGE")
    }
    self.init(
      try RepositoryName(String(argument[..<slash])),
      try ImageName(String(argument[argument.index(after: slash)...])))
  }
}
