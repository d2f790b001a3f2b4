import Model
import Testing

@Suite struct CopySourceTests {
  @Test(arguments: [
    ("team/staging", CopySource.Store.own, "team/staging"),
    ("{repository}-staging", .own, "team/app-staging"),
    ("ghcr.io/{repository}", .host("ghcr.io"), "team/app"),
    ("GHCR.io/mirror/{repository}", .host("ghcr.io"), "mirror/team/app"),
    ("localhost/app", .host("localhost"), "app"), ("registry:5000/app", .host("registry:5000"), "app"),
    ("localhost", .own, "localhost"), ("registry.example", .own, "registry.example"),
    ("oci:/srv/images//{repository}", .layouts(path: "/srv/images"), "team/app"),
    ("oci:images//app", .layouts(path: "images"), "app"),
  ])
  func isRead(_ text: String, _ store: CopySource.Store, _ repository: String) throws {
    let source = try CopySource(text)
    #expect(source.store == store)
    #expect(try source.repository(for: RepositoryName("team/app")).description == repository)
    #expect(try CopySource(source.description) == source)
  }

  @Test(arguments: [
    ("", "\"\" is not a repository name"), ("Team/app", "\"Team/app\" is not a repository name"),
    ("ghcr.io/", "\"\" is not a repository name"), ("{image}", "\"{image}\" is not a repository name"),
    ("https://ghcr.io/app", "\"https://ghcr.io/app\" is not a source"),
    ("https://me@ghcr.io/app", "a source has an @ in it"), ("me:x@ghcr.io/app", "a source has an @ in it"),
    ("oci:/srv/images", "\"oci:/srv/images\" names no repository in a folder of image layouts"),
    ("oci://app", "\"oci:\" names no folder of image layouts"),
    ("oci:~/images//app", "\"oci:~/images\" names no folder of image layouts"),
  ])
  func isRefused(_ text: String, _ problem: String) {
    let error = #expect(throws: InvalidValue.self) { try CopySource(text) }
    #expect(error?.problem == problem)
  }
}

@Suite struct RegistryAddressTests {
  @Test func isAFolder() throws {
    #expect(try RegistryAddress.layoutPath("oci:/srv/images/") == "/srv/images")
    #expect(try RegistryAddress.layoutPath("oci:images") == "images")
    #expect(try RegistryAddress.layoutPath("https://r.example") == nil)
    #expect(RegistryAddress.layouts(path: "images").description == "oci:images")
    let error = #expect(throws: InvalidValue.self) { try RegistryAddress.layoutPath("oci:") }
    #expect(
      error?.description
        == "\"oci:\" names no folder of image layouts: write oci: and the path of a folder, such as oci:/srv/images; ~ is "
        + "not expanded")
  }
}
