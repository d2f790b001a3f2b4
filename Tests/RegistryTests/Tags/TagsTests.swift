import Model
import TestSupport
import Testing

@testable import Registry

@Suite struct TagsTests {
  private func page(_ tags: String, link: String? = nil, status: Int = 200) -> ScriptedReply {
    .response(status, link.map { [("Link", $0)] } ?? [], body: #"{"name":"team/prereqs","tags":\#(tags)}"#)
  }

  @Test func followsPagesInOrder() async throws {
    let registry = try FakeRegistry()
    let manifest = ImagePusher.manifest("one")
    let names = (0..<2500).map { tag("tag-\(10_000 + $0)").tag }
    for name in names { registry.store(manifest, as: name, in: repository) }
    #expect(try await RegistryClient(url: registry.url).tags(in: repository) == names)
    #expect(
      registry.requests.map(\.target) == [
        "/v2/team/prereqs/tags/list?n=1000", "/v2/team/prereqs/tags/list?n=1000&last=tag-10999",
        "/v2/team/prereqs/tags/list?n=1000&last=tag-11999",
      ])
  }

  @Test func linksOfAllForms() async throws {
    let server = try ScriptedServer { [self] request in
      let host = request.header("Host")!
      switch request.target.split(separator: "=").last {
      case "1000": return page(#"["a"]"#, link: "</v2/first?x=1>; rel=prev, </v2/x?p=2>; rel=\"next\"")
      case "2": return page(#"["b","not a tag"]"#, link: "<http://\(host)/v2/x?p=3>; title=\"z\"; rel=next")
      case "3": return page(#"["c"]"#, link: "<https://\(host.uppercased())/v2/x?p=4>;rel=next")
      default: return page("null")
      }
    }
    let tags = try await RegistryClient(url: "http://localhost:\(server.port)").tags(in: repository)
    #expect(tags.map(\.description) == ["a", "b", "c"])
    #expect(server.requests.count == 4)
  }

  @Test(arguments: ["http://other.example/v2/x", "//other.example/v2/x", "/elsewhere", "x?p=2"])
  func aPageElsewhereIsNotFollowed(target: String) async throws {
    let server = try ScriptedServer { [self] _ in page("[]", link: "<\(target)>; rel=\"next\"") }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.tags(in: repository) }
    #expect(
      error?.description
        == "GET 127.0.0.1:\(server.port)/v2/team/prereqs/tags/list: the next page is not on this host: "
        + "\"\(target.prefix { $0 != "?" })\""
    )
  }

  /// Each page names a next one, and has 1,000 tags more.
  @Test func aListingWithoutBoundEnds() async throws {
    let names = (0..<1000).map { "\"t\($0)\"" }.joined(separator: ",")
    let server = try ScriptedServer { [self] request in
      let number = request.target.split(separator: "=").last.flatMap { Int($0) } ?? 0
      return page("[\(names)]", link: "</v2/x?p=\(number + 1)>; rel=next")
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.tags(in: repository, atMost: 10_000) }
    #expect(
      error?.description
        == "GET 127.0.0.1:\(server.port)/v2/team/prereqs/tags/list: the listing has more than 10000 tags")
    #expect(server.requests.count == 11)
  }

  /// Page `n` names page `next[n]`.
  @Test(arguments: [[0], [1, 0], [1, 2, 1]]) func aListingWithoutEndEnds(next: [Int]) async throws {
    let server = try ScriptedServer { [self] request in
      let page = request.target.split(separator: "&page=").dropFirst().first.flatMap { Int($0) } ?? 0
      let suffix = next[page] == 0 ? "" : "&page=\(next[page])"
      return self.page("[]", link: "</v2/team/prereqs/tags/list?n=1000\(suffix)>; rel=\"next\"")
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.tags(in: repository) }
    #expect(
      error?.description.hasSuffix("a page of the listing names itself, or an earlier one, as the next")
        == true)
    #expect(server.requests.count == next.count)
  }

  @Test func aListingOfEverNewPagesIsGivenUp() async throws {
    let server = try ScriptedServer { [self] request in
      page("[]", link: "<\(request.target)x>; rel=next")
    }
    let client = try RegistryClient(url: server.url)
    let error = await registryError {
      try await client.forEachPage(of: "/v2/x", Access(.list, repository), atMost: 3) { _, _, _ in true }
    }
    #expect(error?.description == "GET 127.0.0.1:\(server.port)/v2/xxxx: the listing has no end")
    #expect(server.requests.count == 3)
  }

  @Test func onlyARegistrysWordMakesARepositoryEmpty() async throws {
    let unknown = try FakeRegistry()
    #expect(try await RegistryClient(url: unknown.url).tags(in: repository) == [])
    for reply in [
      ScriptedReply.response(404), .response(404, body: "<html>"), .response(200, body: "<html>"),
      .response(404, body: #"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#), self.page("[]", status: 203),
    ] {
      let server = try ScriptedServer { _ in reply }
      let client = try RegistryClient(url: server.url)
      #expect(await registryError { _ = try await client.tags(in: repository) }?.kind == .unexpected)
    }
  }

  /// Such as one that is deleted meanwhile: what was listed so far is not all that it had.
  @Test func aRepositoryThatIsUnknownOnALaterPageIsNoWholeListing() async throws {
    let server = try ScriptedServer(replies: [
      page(#"["a"]"#, link: "</v2/x?p=2>; rel=next"),
      .response(404, body: #"{"errors":[{"code":"NAME_UNKNOWN"}]}"#),
    ])
    let client = try RegistryClient(url: server.url)
    let error = await registryError { _ = try await client.tags(in: repository) }
    #expect(
      error?.description == "GET 127.0.0.1:\(server.port)/v2/x: the registry answered 404 NAME_UNKNOWN")
  }
}
