import FoundationEssentials
import Glibc
import LinuxSystem
import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct CredentialChainTests {
  private func chain(
    _ host: String = "r.example", _ configured: ConfiguredCredentials? = nil, in folder: TemporaryDirectory,
    _ environment: [String: String] = [:], timeout: Duration = .seconds(30)
  ) throws -> CredentialChain {
    let base = ["HOME": folder.path, "PATH": folder("bin") + ":/usr/bin:/bin"]
    return try CredentialChain(
      host: host, configured: configured, environment: base.merging(environment) { $1 },
      programTimeout: timeout)
  }

  private func kind(
    _ chain: CredentialChain, _ repository: String? = nil, isFresh: Bool = true
  ) async throws -> RegistryCredentials.Kind {
    try await chain.credentials(for: repository.map { try RepositoryName($0) }, isFresh: isFresh).credentials
      .kind
  }

  private func user(_ name: String) -> RegistryCredentials.Kind {
    .password(username: name, password: testSecret("p"))
  }

  /// `name` with its password.
  private func auth(_ name: String) -> String {
    #"{"auth":"\#(basicField(name, testSecret("p")).dropFirst(6))"}"#
  }

  private func helper(_ name: String, _ script: String, in folder: TemporaryDirectory) throws {
    let path = try folder.write("#!/bin/sh\n" + script, to: "bin/docker-credential-\(name)")
    chmod(path, 0o755)
  }

  // MARK: The configuration

  @Test func filesOfTheConfigurationAreReadAnew() async throws {
    try await withTemporaryDirectory { folder in
      let path = try folder.write(testSecret("first") + "\r\n", to: "secret")
      let password = try chain("r", .passwordFile(username: "bot", path: path), in: folder)
      let token = try chain("r", .tokenFile(path), in: folder)
      #expect(try await kind(password) == .password(username: "bot", password: testSecret("first")))
      #expect(try await kind(token) == .registryToken(testSecret("first")))
      let before = await password.fingerprint()
      try folder.write(testSecret("second"), to: "secret")
      #expect(try await kind(password) == .password(username: "bot", password: testSecret("second")))
      #expect(await password.fingerprint() != before)
    }
  }

  @Test func aFileThatCanNotBeUsedIsAnErrorAndNeverAnonymous() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("\n", to: "empty")
      try folder.write(testSecret() + "\u{1}", to: "control")
      try folder.write(String(repeating: "x", count: 1 << 17), to: "large")
      for (name, message) in [
        (
          "missing",
          "the secret for r: can't open PATH: No such file or directory; check the file's path, owner and mode"
        ),
        (
          "empty",
          "PATH, which has the secret for r: it is empty, or not UTF-8: write the secret alone into it"
        ),
        (
          "control",
          "PATH, which has the secret for r: the registry's user name or password has a control character: check the "
            + "credentials' format"
        ),
        (
          "large",
          "the secret for r: can't read PATH: File too large: it may have 65536 bytes; check the file's path, owner and "
            + "mode"
        ),
      ] {
        let chain = try chain("r", .passwordFile(username: "bot", path: folder(name)), in: folder)
        let error = await registryError { _ = try await chain.credentials(for: nil, isFresh: true) }
        #expect(error?.kind == .unauthorized)
        #expect(error?.description == message.replacing("PATH", with: folder(name)))
      }
    }
  }

  @Test func theConfigurationStandsAlone() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(#"{"auths":{"r.example":\#(auth("docker"))}}"#, to: ".docker/config.json")
      let own = try RegistryCredentials(username: "own", password: testSecret("p"))
      #expect(try await kind(chain("r.example", .fixed(own), in: folder)) == user("own"))
      #expect(try await kind(chain(in: folder)) == user("docker"))
      #expect(try await kind(chain("other.example", in: folder)) == .anonymous)
    }
  }

  // MARK: Files

  @Test func placesInOrder() async throws {
    try await withTemporaryDirectory { folder in
      let environment = ["XDG_RUNTIME_DIR": folder("run")]
      let named = ["REGISTRY_AUTH_FILE": folder("named.json"), "XDG_RUNTIME_DIR": folder("run")]
      func write(_ name: String, _ path: String) throws {
        try folder.write(#"{"auths":{"r.example":\#(auth(name))}}"#, to: path)
      }
      #expect(try await kind(chain(in: folder, environment)) == .anonymous)
      try write("config", ".config/containers/auth.json")
      #expect(try await kind(chain(in: folder, environment)) == user("config"))
      try write("run", "run/containers/auth.json")
      #expect(try await kind(chain(in: folder, environment)) == user("run"))
      try write("named", "named.json")
      #expect(try await kind(chain(in: folder, named)) == user("named"))
      try write("docker", ".docker/config.json")
      #expect(try await kind(chain(in: folder, named)) == user("docker"))
      #expect(
        try await kind(chain(in: folder, named.merging(["DOCKER_CONFIG": folder("no")]) { $1 }))
          == user("named"))
      try write("other", "other/config.json")
      #expect(try await kind(chain(in: folder, ["DOCKER_CONFIG": folder("other")])) == user("other"))
      #expect(try await kind(chain(in: folder, ["HOME": ""])) == .anonymous)
      let lost = try chain(in: folder, ["REGISTRY_AUTH_FILE": folder("lost"), "HOME": ""])
      #expect(
        await registryError { _ = try await lost.credentials(for: nil, isFresh: true) }?.description
          == "credentials for r.example: can't open \(folder("lost")): No such file or directory; check the file's path, "
          + "owner and mode")
    }
  }

  @Test(arguments: [
    ("r.example:5000", "r.example:5000", true), ("r.example", "r.example:5000", false),
    ("https://r.example", "r.example", true), ("http://r.example/v1/", "r.example", true),
    ("r.example/v1/", "r.example", true), ("R.Example/v2/", "r.example", true),
    ("r.example/team", "r.example", true),
    ("https://index.docker.io/v1/", "docker.io", true),
    ("https://index.docker.io/v1/", "registry-1.docker.io", true),
    ("docker.io", "index.docker.io", true), ("https://index.docker.io/v1/", "r.example", false),
    ("example", "r.example", false), ("xr.example", "r.example", false),
  ])
  func keysAsDockerMatchesThem(key: String, host: String, matches: Bool) async throws {
    try await withTemporaryDirectory { folder in
      try folder.write(#"{"auths":{"\#(key)":\#(auth("a"))}}"#, to: ".docker/config.json")
      #expect(try await kind(chain(host, in: folder)) == (matches ? user("a") : .anonymous))
    }
  }

  @Test func theMostSpecificKeyOfPodmansFile() async throws {
    try await withTemporaryDirectory { folder in
      let path = try folder.write(
        """
        {"auths":{"r.example":\(auth("host")),"r.example/team":\(auth("team")),"r.example/team/a":\(auth("a")),
        "https://r.example":\(auth("url")),"q.example/x":\(auth("x")),"r.example/te":\(auth("te"))}}
        """, to: "auth.json")
      let chain = try chain(in: folder, ["REGISTRY_AUTH_FILE": path])
      for (repository, name) in [
        (nil, "host"), ("other", "host"), ("team", "team"), ("team/b", "team"), ("team/a", "a"),
        ("team/a/b", "a"),
        ("teams", "host"),
      ] {
        #expect(try await kind(chain, repository) == user(name))
      }
      let other = try self.chain("q.example", in: folder, ["REGISTRY_AUTH_FILE": path])
      #expect(try await kind(other, "y") == .anonymous)
      #expect(try await kind(other, "x/y") == user("x"))
    }
  }

  @Test(arguments: [
    (
      #"{"username":"u","password":"SECRET"}"#, "",
      RegistryCredentials.Kind.password(username: "u", password: testSecret())
    ),
    (#"{"auth":"BASE64"}"#, "u:SECRET:q", .password(username: "u", password: testSecret() + ":q")),
    (#"{"auth":"BASE64"}"#, "u:SECRET\0\0", .password(username: "u", password: testSecret())),
    (#"{"auth":"BASE64","identitytoken":"SECRET"}"#, "00:", .identityToken(testSecret())),
    (#"{"auth":"BASE64"}"#, "<token>:SECRET", .identityToken(testSecret())),
    (#"{"registrytoken":"SECRET","identitytoken":"SECRET-2"}"#, "", .registryToken(testSecret())),
    ("{}", "", .anonymous), (#"{"auth":"","email":"me"}"#, "", .anonymous),
  ])
  func entries(_ entry: String, _ account: String, _ expected: RegistryCredentials.Kind) async throws {
    let account = Data(account.replacing("SECRET", with: testSecret()).utf8).base64EncodedString()
    let entry = entry.replacing("BASE64", with: account).replacing("SECRET", with: testSecret())
    try await withTemporaryDirectory { folder in
      try folder.write(#"{"auths":{"r.example":\#(entry)},"HttpHeaders":{"a":1}}"#, to: ".docker/config.json")
      #expect(try await kind(chain(in: folder)) == expected)
    }
  }

  @Test(arguments: [
    ("SECRET", "PATH is not the JSON that docker login or podman login writes; mend or remove it"),
    (
      #"{"auths":{"r.example":"SECRET"}}"#,
      "PATH is not the JSON that docker login or podman login writes; mend or remove it"
    ),
    (
      #"{"auths":{"r.example":{"auth":"SECRET"}}}"#,
      "PATH: the entry \"r.example\": \"auth\" is not the base64 of USER:PASSWORD: log in again"
    ),
    (
      #"{"auths":{"r.example":{"identitytoken":"SECRET 2"}}}"#,
      "PATH: the entry \"r.example\": the identity token is empty, or has blanks or characters that are not ASCII: check "
        + "the credentials' format"
    ),
  ])
  func brokenFilesAreErrorsWithoutTheirText(_ text: String, _ message: String) async throws {
    try await withTemporaryDirectory { folder in
      let path = try folder.write(text.replacing("SECRET", with: testSecret()), to: ".docker/config.json")
      let chain = try chain(in: folder)
      let error = await registryError { _ = try await chain.credentials(for: nil, isFresh: true) }
      #expect(error?.description == message.replacing("PATH", with: path))
    }
  }

  @Test func aFileThatChangedIsReadAnew() async throws {
    try await withTemporaryDirectory { folder in
      let chain = try chain(in: folder)
      #expect(try await kind(chain) == .anonymous)
      let before = await chain.fingerprint()
      for name in ["a", "bc", "def"] {
        try folder.write(#"{"auths":{"r.example":\#(auth(name))}}"#, to: ".docker/config.json")
        #expect(try await kind(chain) == user(name))
      }
      #expect(await chain.fingerprint() != before)
    }
  }

  // MARK: Helpers

  @Test func helpersAreAskedByInputAndBeforeTheFile() async throws {
    try await withTemporaryDirectory { folder in
      try helper(
        "own",
        #"read -r host; echo "{\"ServerURL\":\"x\",\"Username\":\"u\",\"Secret\":\"$1-$host-$EXTRA\"}""#,
        in: folder)
      try helper("token", #"echo '{"Username":"<token>","Secret":"\#(testSecret("refresh"))"}'"#, in: folder)
      try helper("none", "echo 'credentials not found in native keychain'; exit 1", in: folder)
      try folder.write(
        """
        {"credHelpers":{"r.example":"own","t.example":"token","n.example":"none"},"credsStore":"own",
        "auths":{"r.example":\(auth("file")),"n.example":\(auth("file"))}}
        """, to: ".docker/config.json")
      let environment = ["EXTRA": testSecret("e")]
      #expect(
        try await kind(chain("r.example", in: folder, environment))
          == .password(username: "u", password: "get-r.example-\(testSecret("e"))"))
      #expect(try await kind(chain("t.example", in: folder)) == .identityToken(testSecret("refresh")))
      #expect(try await kind(chain("n.example", in: folder)) == user("file"))
      #expect(
        try await kind(chain("docker.io", in: folder, environment))
          == .password(username: "u", password: "get-https://index.docker.io/v1/-\(testSecret("e"))"))
    }
  }

  @Test(
    arguments: [
      ("echo SECRET; echo SECRET >&2; exit 3", "it ended with exit status 3"),
      ("echo SECRET", "its answer is not a helper's JSON"),
      ("head -c 70000 /dev/zero", "it wrote more than 64 KiB"),
      ("kill -9 $$", "it ended with killed by signal 9 (Killed)"), ("", "its answer is not a helper's JSON"),
      (#"echo '{"Username":"a:b","Secret":"SECRET"}'"#, "the registry's user name has a colon"),
    ] as [(String, String)])
  func aHelperThatFailsIsNamedAndNotQuoted(_ script: String, _ reason: String) async throws {
    try await withTemporaryDirectory { folder in
      try helper("bad", script.replacing("SECRET", with: testSecret()), in: folder)
      let path = try folder.write(
        #"{"credHelpers":{"r.example":"bad"},"auths":{"r.example":\#(auth("file"))}}"#,
        to: ".docker/config.json")
      let chain = try chain(in: folder)
      let error = await registryError { _ = try await chain.credentials(for: nil, isFresh: true) }
      #expect(
        error?.description
          == "the credential helper docker-credential-bad, which \(path) names, gave no credentials for r.example: "
          + "\(reason); see what it says: echo r.example | docker-credential-bad get")
    }
  }

  @Test func aHelperThatIsNotThereIsToBeInstalled() async throws {
    try await withTemporaryDirectory { folder in
      let path = try folder.write(#"{"credHelpers":{"r.example":"none"}}"#, to: ".docker/config.json")
      let chain = try chain(in: folder)
      let error = await registryError { _ = try await chain.credentials(for: nil, isFresh: true) }
      #expect(
        error?.description
          == "the credential helper docker-credential-none, which \(path) names, gave no credentials for r.example: "
          + "it is in no folder of tagkeeper's PATH; install it in one, or set PATH where tagkeeper is started"
      )
    }
  }

  @Test func aHelperThatHangsIsKilled() async throws {
    try await withTemporaryDirectory { folder in
      try helper("slow", "exec sleep 1000", in: folder)
      try folder.write(#"{"credsStore":"slow"}"#, to: ".docker/config.json")
      let chain = try chain(in: folder, timeout: .milliseconds(50))
      let error = await registryError { _ = try await chain.credentials(for: nil, isFresh: true) }
      #expect(error?.description.contains("it gave no answer within 0.05 seconds; ") == true)
    }
  }

  @Test func aHelpersNameIsNoPath() async throws {
    try await withTemporaryDirectory { folder in
      let path = try folder.write(#"{"credsStore":"../../bin/sh"}"#, to: ".docker/config.json")
      let chain = try chain(in: folder)
      #expect(
        await registryError { _ = try await chain.credentials(for: nil, isFresh: true) }?.description
          == "\(path) names the credential helper \"../../bin/sh\": that is not a name; mend the file")
    }
  }

  @Test func aHelperIsRunAnewForWhatIsFresh() async throws {
    try await withTemporaryDirectory { folder in
      try helper(
        "count",
        #"echo x >> "$LOG"; echo "{\"Username\":\"$(wc -l < "$LOG")\",\"Secret\":\"\#(testSecret("p"))\"}""#,
        in: folder)
      try folder.write(#"{"credsStore":"count"}"#, to: ".docker/config.json")
      let chain = try chain(in: folder, ["LOG": folder("log")])
      #expect(try await kind(chain, isFresh: false) == user("1"))
      #expect(try await kind(chain, isFresh: false) == user("1"))
      #expect(try await kind(chain) == user("2"))
      #expect(try await kind(chain, isFresh: false) == user("2"))
    }
  }
}
