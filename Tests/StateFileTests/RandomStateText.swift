import Model
import StateFile
import YAML

/// SplitMix64: a failure repeats with its seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Writes states as people might: any order, indentation, quoting and line break, comments anywhere, and flow style.
struct RandomStateText {
  var random: SeededGenerator
  let allowsFlow: Bool
  private(set) var comments: [String] = []
  /// The lines of each image that is written in block style, from its name to its last field.
  private(set) var blocks: [ImageKey: [String]] = [:]
  private(set) var lineBreak = "\n"
  private var lines: [String] = []

  init(seed: UInt64, allowsFlow: Bool = true) {
    random = SeededGenerator(seed)
    self.allowsFlow = allowsFlow
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func digest() -> Digest {
    Digest(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })!
  }

  mutating func key() throws -> ImageKey {
    let image = ["alpine", "no", "3.20", "Ubuntu_22", "null", "true-1", "x", "debian-12", "1e3", "zeta"]
    let repository = ["team/a", "b", "c/d/e", "team/z-1"].randomElement(using: &random)!
    return ImageKey(try RepositoryName(repository), try ImageName(image.randomElement(using: &random)!))
  }

  mutating func state() throws -> DesiredState {
    var entries: [ImageKey: DesiredState.Entry] = [:]
    for _ in 0..<Int.random(in: 0...9, using: &random) {
      let holds = [
        "clang 18", "a \"quoted\" \\ text", "é: # no comment", "two\nlines", " padded ", "{x}", "true",
      ]
      let key = try key()
      entries[key] = DesiredState.Entry(
        key: key, digest: digest(), hold: chance(30) ? holds.randomElement(using: &random)! : nil,
        eol: chance(30) ? try Day("2027-04-21") : nil)
    }
    return try DesiredState(entries.values)
  }

  mutating func text(of state: DesiredState) -> StateText {
    (lines, comments, blocks) = ([], [], [:])
    if chance(20) { line(0, "---") }
    let versionFirst = chance(70)
    if versionFirst { line(0, "\(name("version")): 1") }
    writeRepositories(state)
    if !versionFirst { line(0, "version: \(["1", "0x1", "+1"].randomElement(using: &random)!)") }
    noise(0)
    lineBreak = chance(20) ? "\r\n" : "\n"
    let end = chance(90) ? lineBreak : ""
    return StateText(path: "images.yaml", bytes: Array((lines.joined(separator: lineBreak) + end).utf8))
  }

  private mutating func writeRepositories(_ state: DesiredState) {
    var repositories: [RepositoryName: [DesiredState.Entry]] = [:]
    for entry in state.entries { repositories[entry.key.repository, default: []].append(entry) }
    guard !repositories.isEmpty else {
      return line(0, "repositories:" + ["", " {}", " ~"].randomElement(using: &random)!)
    }
    line(0, "repositories:")
    let step = Int.random(in: 1...4, using: &random)
    for repository in repositories.keys.sorted().shuffled(using: &random) {
      let images = repositories[repository]!.shuffled(using: &random)
      if allowsFlow, chance(25) {
        flow(step, name(repository.description), images.map { (name($0.key.image.description), fields($0)) })
        continue
      }
      line(step, name(repository.description) + ":")
      let inner = step + Int.random(in: 1...4, using: &random)
      for image in images { write(image, inner) }
    }
  }

  private mutating func write(_ entry: DesiredState.Entry, _ column: Int) {
    let image = name(entry.key.image.description)
    if allowsFlow, chance(25) { return line(column, "\(image): {" + flow(fields(entry)) + "}") }
    line(column, image + ":")
    let start = lines.count - 1
    let step = Int.random(in: 1...4, using: &random)
    for (key, value) in fields(entry) { line(column + step, "\(key): \(value)") }
    blocks[entry.key] = Array(lines[start...])
  }

  private mutating func fields(_ entry: DesiredState.Entry) -> [(String, String)] {
    let digest = chance(20) ? "\"\(entry.digest)\"" : entry.digest.description
    var fields = [(name("digest"), digest)]
    if let hold = entry.hold { fields.append((name("hold"), hold.yamlDoubleQuoted)) }
    if let eol = entry.eol { fields.append((name("eol"), chance(50) ? "'\(eol)'" : eol.description)) }
    return fields.shuffled(using: &random)
  }

  private mutating func flow(_ column: Int, _ name: String, _ images: [(String, [(String, String)])]) {
    line(column, "\(name): {" + flow(images.map { ($0.0, "{" + flow($0.1) + "}") }) + "}")
  }

  private mutating func flow(_ pairs: [(String, String)]) -> String {
    pairs.map { "\(gap())\($0.0): \(gap())\($0.1)\(gap())" }.joined(separator: ",")
  }

  /// What may stand between two tokens of flow style.
  private mutating func gap() -> String {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: "\n" + String(repeating: " ", count: 12)
    case 1: "  " + comment() + "\n" + String(repeating: " ", count: 12)
    case 2: "\n" + String(repeating: " ", count: 14) + comment() + "\n" + String(repeating: " ", count: 12)
    case 3: " "
    default: ""
    }
  }

  private mutating func name(_ name: String) -> String { chance(15) ? "\"\(name)\"" : name }

  private mutating func comment() -> String {
    comments.append("#é\(comments.count + 1000)")
    return comments[comments.count - 1]
  }

  private mutating func line(_ column: Int, _ text: String) {
    noise(column)
    let trailing =
      chance(15) && text != "---"
      ? String(repeating: " ", count: .random(in: 1...3, using: &random)) + comment() : ""
    lines.append(
      contentsOf: (String(repeating: " ", count: column) + text + trailing).split(separator: "\n").map(
        String.init))
  }

  /// Blank lines and comments.
  private mutating func noise(_ column: Int) {
    while chance(25) {
      let indentation = chance(50) ? column : Int.random(in: 0...12, using: &random)
      lines.append(chance(50) ? "" : String(repeating: " ", count: indentation) + comment())
    }
  }
}
