import FoundationEssentials
import Registry
import Testing

/// README's table of registries is the code's.
@Suite struct RegistriesTableTests {
  private static let head = """
    | registry | a tag is deleted | a sweep asks | may collect a rollback's digests | settings | tested against |
    |---|---|---|---|---|---|
    """

  private static func row(_ kind: RegistryKind) -> String {
    let traits = kind.traits
    let pace = traits.deletionsPerSecond.map { ", \($0) a second" } ?? ""
    let fallback = traits.emulatesDeletion ? ", else by tombstone" : ", else reported"
    let deletion =
      switch traits.tagDeletion {
      case .native: "by tag\(fallback)"
      case .proven: "by tag where the manifest is shown to stay\(fallback)"
      case .acr: "by its own interface\(pace)"
      case .refused: "never: reported"
      }
    let sweep =
      switch kind {
      case .acr: "its own listing"
      case .artifactRegistry: "one listing"
      default: "a `HEAD` a tag"
      }
    let tested =
      switch kind {
      case .other: "tested for real: distribution 2.8.2 in CI, 3.1.1 by hand; scripted answers for the others"
      // How these delete a tag is not documented.
      case .artifactory, .ecr, .ecrPublic: "scripted answers, not documented ones"
      default: "its documented answers, scripted"
      }
    let cells = [traits.name, deletion, sweep, traits.collection ?? "nothing known", traits.settings, tested]
    return "| \(cells.joined(separator: " | ")) |"
  }

  @Test func itHasARowForEachKind() throws {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let readme = try String(contentsOfFile: "/\(root)/README.md", encoding: .utf8)
    let table = Self.head + "\n" + RegistryKind.allCases.map(Self.row).joined(separator: "\n") + "\n"
    #expect(readme.contains("\n\(table)"), "write into README:\n\(table)")
  }
}
