import FoundationEssentials
import Glibc
import LinuxSystem
import TestSupport
import Testing

/// `scripts/install` into a folder that stands for `/`, and the unit that it puts there.
@Suite(.timeLimit(.minutes(10))) struct InstallTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  private func install(_ arguments: String..., in folder: TemporaryDirectory) async throws -> FinishedProgram
  {
    try await install(arguments, in: folder)
  }

  private func install(_ arguments: [String], in folder: TemporaryDirectory) async throws -> FinishedProgram {
    try await FinishedProgram(
      Command(
        "\(Self.root)/scripts/install", arguments,
        environment: [
          "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TAGKEEPER": FinishedProgram.path, "DESTDIR": folder.path,
        ]))
  }

  /// Every file, with its mode.
  private func files(_ folder: TemporaryDirectory) throws -> [String: String] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    let modes = try paths.compactMap { path -> (String, String)? in
      let attributes = try FileManager.default.attributesOfItem(atPath: folder(path))
      guard attributes[.type] as? FileAttributeType == .typeRegular else { return nil }
      return (path, String(attributes[.posixPermissions] as? Int ?? 0, radix: 8))
    }
    return Dictionary(uniqueKeysWithValues: modes)
  }

  private static let local = [
    "etc/tagkeeper/tagkeeper.yaml": "644", "usr/local/bin/tagkeeper": "755",
    "usr/local/lib/systemd/system/tagkeeper.service": "644",
    "usr/local/share/bash-completion/completions/tagkeeper": "644",
    "etc/fish/completions/tagkeeper.fish": "644",
    "usr/local/share/man/man1/tagkeeper.1": "644", "usr/local/share/zsh/site-functions/_tagkeeper": "644",
  ]

  @Test func everyFileHasItsPlaceAndIsRemovedFromThere() async throws {
    try await withTemporaryDirectory { folder in
      let installed = try await install(in: folder)
      #expect(installed.status == 0 && installed.errors == "")
      #expect(try files(folder) == Self.local)
      #expect(
        Set(installed.output.split(separator: "\n"))
          == Set(Self.local.keys.map { "installed  \(folder($0))" }))
      let manual = try await tagkeeper("help", "--man", in: folder)
      #expect(try folder.read("usr/local/share/man/man1/tagkeeper.1") == manual.output)

      let removed = try await install("--uninstall", in: folder)
      #expect(removed.status == 0 && removed.errors == "")
      #expect(try files(folder) == ["etc/tagkeeper/tagkeeper.yaml": "644"])
    }
  }

  @Test func asAPackageHasThem() async throws {
    try await withTemporaryDirectory { folder in
      #expect(try await install("--prefix", "/usr", "--user", "keeper", in: folder).status == 0)
      #expect(
        try Set(files(folder).keys) == [
          "etc/tagkeeper/tagkeeper.yaml", "usr/bin/tagkeeper", "usr/lib/systemd/system/tagkeeper.service",
          "usr/share/bash-completion/completions/tagkeeper",
          "usr/share/fish/vendor_completions.d/tagkeeper.fish",
          "usr/share/man/man1/tagkeeper.1", "usr/share/zsh/vendor-completions/_tagkeeper",
        ])
      let unit = try folder.read("usr/lib/systemd/system/tagkeeper.service")
      #expect(unit.contains("\nExecStart=/usr/bin/tagkeeper run\n"))
      #expect(unit.contains("\nUser=keeper\n"))
      #expect(try await install("--prefix", "/usr", "--uninstall", in: folder).status == 0)
      #expect(try files(folder).keys.sorted() == ["etc/tagkeeper/tagkeeper.yaml"])
    }
  }

  @Test func anUpdateReplacesItsOwnFilesAlone() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("mine\n", to: "etc/tagkeeper/tagkeeper.yaml")
      #expect(try await install(in: folder).status == 0)
      try folder.write("old\n", to: "usr/local/share/man/man1/tagkeeper.1")
      let again = try await install(in: folder)
      #expect(
        again.output == """
          installed  \(folder("usr/local/share/man/man1/tagkeeper.1"))
          kept       \(folder("etc/tagkeeper/tagkeeper.yaml"))

          """)
      #expect(try folder.read("etc/tagkeeper/tagkeeper.yaml") == "mine\n")
      #expect(try Set(files(folder).keys) == Set(Self.local.keys))
    }
  }

  @Test func anUpdateKeepsTheUser() async throws {
    try await withTemporaryDirectory { folder in
      let users: [(arguments: [String], user: String)] = [
        ([], "tagkeeper"), (["--user", "keeper"], "keeper"), ([], "keeper"),
      ]
      for (arguments, user) in users {
        #expect(try await install(arguments, in: folder).status == 0)
        let unit = try folder.read("usr/local/lib/systemd/system/tagkeeper.service")
        #expect(unit.contains("\nUser=\(user)\n"))
      }
    }
  }

  @Test(arguments: [
    (["--prefix"], 64, "usage: "), (["--prefix", ""], 64, "usage: "), (["--frefix", "/usr"], 64, "usage: "),
    (["now"], 64, "usage: "), (["--prefix", "usr"], 1, "scripts/install: --prefix usr: name a folder"),
    (["--prefix", "/a b"], 1, "scripts/install: --prefix /a b: name a folder"),
    (["--user", "a b"], 1, "scripts/install: --user a b: "),
  ])
  func wrongUsage(_ arguments: [String], status: Int32, error: String) async throws {
    try await withTemporaryDirectory { folder in
      let finished = try await install(arguments, in: folder)
      #expect(finished.status == status && finished.errors.hasPrefix(error) && finished.output == "")
      #expect(try files(folder).isEmpty)
    }
  }

  // The unit, judged by systemd

  @Test(.enabled(if: DebianProgram.systemdAnalyze.isExpected, "\(DebianProgram.systemdAnalyze.absence)"))
  func systemdFindsNothingWrongWithTheUnit() async throws {
    try await withTemporaryDirectory { folder in
      #expect(try await install(in: folder).status == 0)
      let unit = folder("usr/local/lib/systemd/system/tagkeeper.service")
      // Verified where it is, so that the program has to be where this machine has one.
      let text = try folder.read("usr/local/lib/systemd/system/tagkeeper.service")
      try folder.write(
        text.replacing("/usr/local/bin/", with: folder("usr/local/bin/")),
        to: "usr/local/lib/systemd/system/tagkeeper.service")
      let verified = try await DebianProgram.systemdAnalyze.run(["verify", "--man=no", unit])
      #expect(verified.isSuccess && verified.output == "" && verified.errors == "", "\(verified.errors)")
    }
  }

  @Test(.enabled(if: DebianProgram.systemdAnalyze.isExpected, "\(DebianProgram.systemdAnalyze.absence)"))
  func theServiceIsConfined() async throws {
    let judged = try await DebianProgram.systemdAnalyze.run(
      ["security", "--offline=true", "--threshold=20", "\(Self.root)/scripts/deploy/tagkeeper.service"])
    #expect(judged.isSuccess, "\(judged.output)\(judged.errors)")
    #expect(judged.output.contains("→ Overall exposure level for tagkeeper.service: 1."), "\(judged.output)")
  }
}
