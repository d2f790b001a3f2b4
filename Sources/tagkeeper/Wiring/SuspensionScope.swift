import Model
import Reconciler

/// What `suspend` and `resume` are told: a channel or all, images or all.
struct SuspensionScope {
  static let options = [OptionSpec(name: "--channel", value: "NAME", help: "this channel alone")]

  private let channel: String?
  /// Empty for all.
  private let images: [ImageKey]

  /// - Throws: `CommandFailure` for a channel that is not configured, and for an image that no branch declares.
  init(_ arguments: Arguments, _ workspace: Workspace) async throws(CommandFailure) {
    let channels = try workspace.channels(chosenBy: arguments)
    channel = arguments["--channel"]
    guard !arguments.operands.isEmpty else {
      images = []
      return
    }
    let declared: Set<ImageKey>
    do { declared = try await Self.declared(channels, workspace) } catch {
      // At three in the morning the branches may be what can't be read.
      images = arguments.operands.compactMap { try? ImageKey(argument: $0) }
      guard images.count == arguments.operands.count else { throw error }
      return
    }
    images = try ImageArgument.keys(arguments.operands, among: declared.sorted())
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

  /// - Throws: `CommandFailure` where a branch's state can't be read.
  private static func declared(
    _ channels: [ChannelSettings], _ workspace: Workspace
  ) async throws(CommandFailure) -> Set<ImageKey> {
    let source = GitStateSource(try await workspace.repository(), workspace, verifier: nil)
    var keys: Set<ImageKey> = []
    for channel in channels {
      guard case .commit(let tip) = await source.resolve(channel.branch),
        case .state(let state) = await source.state(at: tip)
      else {
        throw CommandFailure("the state of \(channel.branch) can't be read: write REPOSITORY/IMAGE")
      }
      keys.formUnion(state.entries.map(\.key))
    }
    return keys
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
