import Configuration
import Glibc
import LinuxSystem
import Model
import Reconciler
import StatusServer

/// What the daemon's hooks and their senders alone know; nil for a hook that is not configured.
struct HookSecrets {
  let git: HookSecret?
  let registry: HookSecret?
}

/// Reasons to look that the hooks give.
struct HookHints {
  /// A branch may have moved.
  let git: Hints
  /// A tag may have moved.
  let registry: Hints

  init(_ time: any TimeSource) {
    git = Hints(pause: .seconds(1), time)
    // A sweep asks about every tag: a busy registry's every push must not make one.
    registry = Hints(pause: .seconds(60), time)
  }

  /// Follows both until the tasks are cancelled.
  func follow(_ fetches: FetchLoop?, _ monitor: RefMonitor, _ doorbell: Doorbell) -> [Task<Void, Never>] {
    [
      Task {
        await git.follow {
          fetches?.fetchNow()
          // Channels on local branches need no fetch.
          await monitor.refsMayHaveMoved()
        }
      },
      Task { await registry.follow { doorbell.sweep() } },
    ]
  }
}

extension Workspace {
  /// Where the daemon listens; nil where the configuration says nowhere. Whoever connects waits until it is served.
  /// - Throws: `CommandFailure` where the address is another's, or not this machine's.
  func listeningSocket() throws(CommandFailure) -> ListeningSocket? {
    guard let listen = settings.listen else { return nil }
    do throws(SystemError) { return try ListeningSocket(host: listen.host, port: listen.port) } catch {
      let remedy =
        error.code == EADDRINUSE
        ? "write another port as listen: in \(configurationPath), or listen: none"
        : "mend listen: in \(configurationPath)"
      throw CommandFailure("\(error): \(remedy)")
    }
  }

  /// - Throws: `CommandFailure` where one can't be read, or could be guessed.
  func hookSecrets() throws(CommandFailure) -> HookSecrets {
    HookSecrets(
      git: try hookSecret("git", settings.hooks.git),
      registry: try hookSecret("registry", settings.hooks.registry))
  }

  /// Serves on `socket`, and says where.
  /// - Returns: The server, which lives as long as it is held; nil without a socket.
  /// - Throws: `CommandFailure` where the system gives no thread or memory.
  func serve(
    on socket: consuming ListeningSocket?, _ routes: [Route], _ log: Log
  ) throws(CommandFailure) -> HTTPServer? {
    guard let socket, var listen = settings.listen else { return nil }
    do {
      let server = try HTTPServer(
        socket, [.index(version: Version.text, routes)] + routes, time: time)
      listen.port = server.port
      log.info("listening on http://\(listen)/")
      if !listen.isLoopback {
        log.warning(
          "\(listen) can be reached from other machines: what is shown there is read-only, and nobody has to log in"
        )
      }
      return server
    } catch {
      throw CommandFailure(error)
    }
  }

  /// The hooks that are configured.
  func hooks(_ secrets: HookSecrets, giving hints: HookHints, telling events: any EventSink) -> [Route] {
    let hooks = Webhooks(telling: events, time: time)
    return [
      secrets.git.map { hooks.git($0) { hints.git.give() } },
      secrets.registry.map { hooks.registry($0, besides: Version.agent) { hints.registry.give() } },
    ].compactMap(\.self)
  }

  private func hookSecret(
    _ name: String, _ secret: Settings.Secret?
  ) throws(CommandFailure) -> HookSecret? {
    guard let secret else { return nil }
    let place: String
    do {
      switch secret {
      case .file(let path):
        place = path.absolute
        return try HookSecret(FileContent(place, limit: 4096).bytes)
      case .variable(let variable):
        place = "the environment variable \(variable)"
        return try HookSecret((environment[variable] ?? "").utf8)
      }
    } catch let error as InvalidValue {
      throw CommandFailure("\(place) can't be the secret of the hook \(name): \(error)")
    } catch {
      throw CommandFailure("the secret of the hook \(name): \(error)")
    }
  }
}
