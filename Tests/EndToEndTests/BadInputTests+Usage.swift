import LinuxSystem
import TestSupport
import Testing

/// Wrong usage: exit status 64, one line, before anything is read.
@Suite(.timeLimit(.minutes(10))) struct UsageTests {
  @Test(arguments: [
    (["plna"], "there is no command \"plna\": see tagkeeper help"),
    (["help", "plna"], "there is no command \"plna\": see tagkeeper help"),
    (["\u{1b}[31m"], #"there is no command "\u{1b}[31m": see tagkeeper help"#),
    (["plan", "--chanel", "x"], "plan has no option \"--chanel\": see tagkeeper help plan"),
    (["plan", "-x"], "plan has no option \"-x\": see tagkeeper help plan"),
    (["plan", "--channel"], "--channel needs a value: --channel NAME"),
    (["plan", "--channel="], "--channel needs a value: --channel NAME"),
    (["plan", "--detailed-exitcode=2"], "--detailed-exitcode takes no value"),
    (["plan", "now"], "plan takes no arguments, only options"),
    (["apply", "--output", "xml"], "--output \"xml\": use one of text, json, markdown"),
    (["fmt", "a.yaml", "--output", "xml"], "--output \"xml\": use one of text, json, markdown"),
    (["plan", "--log-level", "loud"], "--log-level \"loud\": use one of error, warning, info, debug"),
    (["run", "--log-format=xml"], "--log-format \"xml\": use one of text, json"),
    (["set"], "too few arguments: tagkeeper set IMAGE DIGEST… | --from-tag TAG IMAGE…"),
    (["set", "a"], "\"a\" has no digest: tagkeeper set IMAGE DIGEST… | --from-tag TAG IMAGE…"),
    (["set", "a", "b", "c"], "\"b\" is not a digest: write sha256: and 64 lower-case hex digits"),
    (["set", "--from-tag", "x", "a", "a"], "a is given twice: give each image once"),
    (
      ["set", "--from-tag", "x", "a", "b"],
      "2 images can't all have the tag x: write {image} in --from-tag"
    ),
    (
      ["set", "--from-tag", "{image}-{date}", "a"],
      "\"{image}-{date}\" is not a tag template: write a tag with one {image}, such as {image}-latest"
    ),
    (["fmt"], "too few arguments: tagkeeper fmt FILE…"),
    (["help", "plan", "--man"], "--man prints the manual of all commands: leave \"plan\" out"),
    (["completions", "csh"], "bash|zsh|fish \"csh\": use one of bash, zsh, fish"),
    (["help", "a", "b"], "too many arguments: tagkeeper help [COMMAND]"),
    (["accept", "--channel", "latest"], "too few arguments: tagkeeper accept --channel NAME COMMIT"),
    (["accept", "main"], "which channel? give --channel NAME"),
    (["validate"], "which file? name it, or write a configuration with tagkeeper init"),
    (
      ["validate", "--rev", "HEAD"],
      "--rev reads the checkout of a configuration: name one with --config, or write one with tagkeeper init"
    ),
    (["validate", "a.yaml", "--rev", "main"], "give files or --rev, not both"),
    (
      ["validate", "a.yaml", "--output", "markdown"],
      "validate prints text or json: leave --output markdown to plan"
    ),
    (["set", "a", "sha256:12"], "\"sha256:12\" is not a digest: write sha256: and 64 lower-case hex digits"),
  ])
  func isTold(_ arguments: [String], _ message: String) async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("version: 1\nrepositories: {}\n", to: "desired-state/images.yaml")
      let command = Command(
        FinishedProgram.path, arguments, environment: ["HOME": folder.path], workingDirectory: folder.path)
      let finished = try await FinishedProgram(command)
      #expect(finished.errors == "tagkeeper: \(message)\n")
      #expect(finished.status == 64 && finished.output == "")
    }
  }

  @Test func aChannelThatIsNotConfigured() async throws {
    try await withFakeDeployment { deployment, registry, _ in
      for command in ["plan", "apply"] {
        let finished = try await deployment.tagkeeper(command, "--channel", "lastest")
        #expect(
          finished.errors
            == "tagkeeper: there is no channel \"lastest\": the configuration has staging, latest\n")
        #expect(finished.status == 64 && registry.requests.isEmpty)
      }
    }
  }

  @Test func nothingAtAll() async throws {
    try await withTemporaryDirectory { folder in
      let finished = try await tagkeeper(in: folder)
      #expect(finished.errors == (try await tagkeeper("help", in: folder).output))
      #expect(finished.status == 64 && finished.output == "")
    }
  }
}
