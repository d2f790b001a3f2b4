import HTTPClient
import Model
import TestSupport
import Testing

@testable import Registry

extension RegistryClient {
  /// A client of a scripted server that takes it for a registry of `kind`.
  convenience init(url: String, as kind: RegistryKind) throws {
    try self.init(
      RegistryURL(url), kind: kind, transport: Transport(userAgent: "tagkeeper/test"),
      retries: immediateRetries)
  }
}

@Suite struct RegistryKindTests {
  @Test(arguments: [
    ("https://contoso.azurecr.io", RegistryKind.acr), ("https://contoso.azurecr.cn", .acr),
    ("https://contoso.azurecr.us", .acr), ("https://index.docker.com", .dockerHub),
    ("https://docker.io", .dockerHub), ("https://registry-1.docker.io", .dockerHub),
    ("https://GHCR.io:443/", .ghcr), ("https://gcr.io", .artifactRegistry),
    ("https://eu.gcr.io", .artifactRegistry), ("https://europe-docker.pkg.dev", .artifactRegistry),
    ("https://123456789012.dkr.ecr.eu-west-1.amazonaws.com", .ecr),
    ("https://123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", .ecr),
    ("https://123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", .ecr),
    ("https://123456789012.dkr-ecr.us-west-2.on.aws", .ecr),
    ("https://123456789012.dkr-ecr-fips.us-east-1.on.aws", .ecr),
    ("https://123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", .ecr),
    ("https://public.ecr.aws", .ecrPublic), ("https://ecr-public.aws.com", .ecrPublic),
    ("https://registry.gitlab.com", .gitlab), ("https://quay.io", .quay),
    ("https://acme.jfrog.io", .artifactory),
    ("https://mydocker.io", .other), ("https://azurecr.io.example.com", .other),
    ("https://s3.amazonaws.com", .other), ("https://x.lambda-url.eu-west-1.on.aws", .other),
    ("https://registry.example.com:5000", .other),
    ("http://127.0.0.1:5000", .other), ("http://[::1]:5000", .other),
  ])
  func aHostsNameTellsItsKind(url: String, expected: RegistryKind) throws {
    #expect(RegistryKind(host: try RegistryURL(url).host) == expected)
  }

  @Test func whatMessagesNameAHostBy() throws {
    #expect(try RegistryURL("https://Registry.Example:5000/").authority == "registry.example:5000")
    #expect(try RegistryURL("http://[::1]").authority == "[::1]")
  }

  @Test(arguments: [
    RegistryKind.acr, .artifactRegistry, .dockerHub, .ghcr,
  ])
  func whereATombstoneIsOfNoUseNoneIsWritten(kind: RegistryKind) async throws {
    let registry = try FakeRegistry()
    let client = try RegistryClient(url: registry.url, as: kind)
    #expect(
      try await client.proveManifestDeletion(in: repository, batch: "proof")
        == .unsupported(
          "\(try registry.address.authority) deletes no manifest by the registry API; use its own interface"))
    #expect(registry.requests.isEmpty)
  }

  @Test(arguments: [RegistryKind.dockerHub, .ghcr])
  func whereDeletionIsRefusedNothingIsSent(kind: RegistryKind) async throws {
    let registry = try FakeRegistry()
    let client = try RegistryClient(url: registry.url, as: kind)
    #expect(
      try await client.deleteTag(staging)
        == .unsupported(
          "\(kind.traits.name) deletes no tag by the registry API; delete it in its own interface"))
    #expect(registry.requests.isEmpty)
  }

  @Test(arguments: [RegistryKind.artifactRegistry, .gitlab, .quay])
  func whereDeletingByTagIsDocumentedItIsTheOneRequest(kind: RegistryKind) async throws {
    let registry = try FakeRegistry()
    registry.store(ImagePusher.manifest("one"), as: staging.tag, sibling.tag, in: repository)
    registry.configure { $0.tagDeletion = .native }
    let client = try RegistryClient(url: registry.url, as: kind)
    #expect(try await client.deleteTag(staging) == .deleted)
    #expect(
      registry.requests.map { "\($0.method) \($0.target)" } == [
        "DELETE /v2/team/prereqs/manifests/alpine-staging"
      ])
    #expect(registry.tags(in: repository) == [sibling.tag])
  }

  @Test func spacesRequestsEvenly() {
    let spacing = RequestSpacing(perSecond: 8)
    let start = ContinuousClock.now
    let delays = (0..<4).map { _ in spacing.delay(at: start) }
    #expect(delays == [.zero, .milliseconds(125), .milliseconds(250), .milliseconds(375)])
    // Time that passed counts, and is not saved up.
    #expect(spacing.delay(at: start + .milliseconds(450)) == .milliseconds(50))
    #expect(spacing.delay(at: start + .seconds(60)) == .zero)
    #expect(spacing.delay(at: start + .seconds(60)) == .milliseconds(125))
    #expect(RequestSpacing(perSecond: nil).delay(at: start) == .zero)
  }
}
