extension Settings {
  /// How one registry is talked to. Paths are relative only where the configuration's own path is.
  package struct Host: Sendable, Equatable {
    package static let defaultConcurrency = 16

    /// Nil where docker's and podman's files are to be asked.
    package var credentials: Credentials?
    /// Certificates of authorities that are trusted beside the system's, in PEM form.
    package var caFile: String?
    /// In PEM form, for a server that asks for one.
    package var clientCertificate: String?
    /// Its key; nil where the certificate's file has it.
    package var clientKey: String?
    /// Without encryption.
    package var plainHTTP: Bool
    /// Requests in flight, 1 to 256.
    package var concurrency: Int
    /// Nil for no limit; 0.001 to 100,000.
    package var requestsPerSecond: Double?

    package init(
      credentials: Credentials? = nil, caFile: String? = nil, clientCertificate: String? = nil,
      clientKey: String? = nil, plainHTTP: Bool = false, concurrency: Int = defaultConcurrency,
      requestsPerSecond: Double? = nil
    ) {
      self.credentials = credentials
      self.caFile = caFile
      self.clientCertificate = clientCertificate
      self.clientKey = clientKey
      self.plainHTTP = plainHTTP
      self.concurrency = concurrency
      self.requestsPerSecond = requestsPerSecond
    }
  }

  /// Where what a registry knows us by is.
  package enum Credentials: Sendable, Equatable {
    case password(Username, Secret)
    /// A file with a bearer token for the registry itself.
    case tokenFile(String)

    package enum Username: Sendable, Equatable {
      case text(String)
      /// The environment variable that has it.
      case variable(String)
    }
  }

  /// Where a text is that only few may know.
  package enum Secret: Sendable, Equatable {
    /// The environment variable that has it.
    case variable(String)
    /// Relative only where the configuration's own path is.
    case file(String)
  }
}
