package import LinuxSystem
package import Model

/// The credentials for one host: those of the configuration alone where it names any, else the first that docker's
/// `config.json` or podman's `auth.json` have, by their helpers or in themselves, else none.
///
/// Files are read again when they changed; helpers are run each time. It blocks, on a thread of its own.
package actor CredentialChain: CredentialSource {
  private let host: String
  private let configured: ConfiguredCredentials?
  private let places: AuthFilePlaces
  private let environment: [String: String]
  private let programTimeout: Duration
  private let worker: WorkerThread
  private var read: [String: (stamp: FileStamp, file: AuthFile)] = [:]
  private var programs: [String: ProgramRun] = [:]

  /// One helper, asked about one server.
  private struct ProgramRun {
    let flight = SingleFlight<RegistryCredentials?>("waiting for an authorization")
    /// What it said last.
    var last: RegistryCredentials?
  }

  package nonisolated var unownedExecutor: UnownedSerialExecutor { worker.executor }

  /// - Parameters:
  ///   - host: With its port, but for the scheme's own.
  ///   - configured: Nil where the configuration has none for the host.
  ///   - environment: Says where the files are, and is the helpers' own.
  ///   - programTimeout: For one run of a helper.
  /// - Throws: `SystemError` where the system allows no further thread.
  package init(
    host: String, configured: ConfiguredCredentials?, environment: [String: String],
    programTimeout: Duration = .seconds(30)
  ) throws(SystemError) {
    self.host = host
    self.configured = configured
    self.environment = environment
    self.programTimeout = programTimeout
    places = AuthFilePlaces(environment: environment)
    worker = try WorkerThread(named: "credentials")
  }

  package func credentials(
    for repository: RepositoryName?, isFresh: Bool
  ) async throws(RegistryError) -> FoundCredentials {
    if let configured { return try found(configured) }
    for place in places.all {
      guard let file = try authFile(place) else { continue }
      if let named = file.program(for: host, repository, place.format) {
        let program = CredentialProgram(
          name: named.name, server: named.server, environment: environment, timeout: programTimeout,
          namedBy: place.path)
        if let credentials = try await credentials(of: program, isFresh: isFresh) {
          return FoundCredentials(credentials, origin: "\(program)")
        }
      }
      guard let entry = file.entry(for: host, repository, place.format) else { continue }
      do {
        return FoundCredentials(try entry.value.credentials(), origin: "\(place.path) (\(entry.key))")
      } catch {
        throw RegistryError(.unauthorized, "\(place.path): the entry \(entry.key.quoted): \(error)")
      }
    }
    return FoundCredentials(.anonymous, origin: "nowhere")
  }

  package func fingerprint() -> [FileStamp?] {
    if let configured { return configured.path.map { [FileStamp($0)] } ?? [] }
    return places.all.map { FileStamp($0.path) }
  }

  private func found(_ configured: ConfiguredCredentials) throws(RegistryError) -> FoundCredentials {
    let path: String
    switch configured {
    case .fixed(let credentials): return FoundCredentials(credentials, origin: "the configuration")
    case .passwordFile(_, let file), .tokenFile(let file): path = file
    }
    do {
      let content = try FileContent(path, limit: 64 << 10)
      return FoundCredentials(try configured.credentials(content.bytes), origin: path)
    } catch let error as InvalidValue {
      throw RegistryError(.unauthorized, "\(path), which has the secret for \(host): \(error)")
    } catch {
      throw RegistryError(
        .unauthorized, "the secret for \(host): \(error); check the file's path, owner and mode")
    }
  }

  /// What the program says, or said. Those who ask at once run it once.
  private func credentials(
    of program: CredentialProgram, isFresh: Bool
  ) async throws(RegistryError) -> RegistryCredentials? {
    let key = "\(program)"
    let run = programs[key] ?? ProgramRun()
    programs[key] = run
    if !isFresh, let last = run.last { return last }
    let outcome = await run.flight.result { await program.outcome() }
    if case .success(let credentials) = outcome { programs[key]?.last = credentials }
    return try outcome.get()
  }

  /// Nil where there is no such file.
  private func authFile(_ place: AuthFilePlaces.Place) throws(RegistryError) -> AuthFile? {
    let path = place.path
    if let stamp = FileStamp(path), let known = read[path], known.stamp == stamp { return known.file }
    let content: FileContent
    do { content = try FileContent(path, limit: 4 << 20) } catch {
      if !place.isRequired, !mayExist(path) { return nil }
      throw RegistryError(
        .unauthorized, "credentials for \(host): \(error); check the file's path, owner and mode")
    }
    guard let file = AuthFile(json: content.bytes) else {
      throw RegistryError(
        .unauthorized, "\(path) is not the JSON that docker login or podman login writes; mend or remove it")
    }
    read[path] = (content.stamp, file)
    return file
  }
}
