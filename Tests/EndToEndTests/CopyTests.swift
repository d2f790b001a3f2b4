import FoundationEssentials
import HTTPClient
import Model
import Registry
import TestSupport
import Testing

/// `sources:` of a channel, and `registry: oci:PATH`, with the built program.
@Suite(
  .enabled(if: RealRegistry.isExpected, Comment(rawValue: RealRegistry.absence)),
  .enabled(if: Skopeo.isExpected, Comment(rawValue: Skopeo.absence)), .timeLimit(.minutes(10)))
struct CopyTests {
  private let staging = try! RepositoryName("team/staging")  // a constant

  private func configure(
    _ deployment: Deployment, registry: String, sources: String, hosts: String = "{}"
  ) throws {
    try deployment.folder.write(
      """
      version: 1
      checkout: \(deployment.checkout)
      registry: \(registry)
      hosts: \(hosts)
      channels:
        latest: {branch: production, tag: "{image}-latest", sources: [\(sources)]}
      listen: none
      poll: 1s
      sweep: 1s

      """, to: "tagkeeper.yaml")
  }

  /// A registry that has one image, made from `content`, whose blobs it answers as `reply` says.
  private func source(
    _ content: String, blobs reply: @escaping @Sendable (ScriptedReply) -> ScriptedReply
  ) throws -> ScriptedServer {
    let manifest = ImagePusher.manifest(content)
    let contents = [manifest.bytes, ImagePusher.config(content), Array(content.utf8)]
    let bodies = Dictionary(uniqueKeysWithValues: contents.map { (sha256($0).description, $0) })
    return try ScriptedServer { request in
      if request.target == "/v2/" {
        return .response(200, [("Docker-Distribution-Api-Version", "registry/2.0")])
      }
      guard let body = bodies[request.path.split(separator: "/").last.map(String.init) ?? ""] else {
        return .response(404, body: #"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#)
      }
      let type = MediaType.ociManifest.rawValue
      let answer = ScriptedReply.answer(status: 200, headers: [("Content-Type", type)], body: body)
      return request.target.contains("/blobs/") ? reply(answer) : answer
    }
  }

  @Test func whatARepositoryLacksIsCopiedFromTheFirstSourceThatHasIt() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { here in
        try await withRealRegistry { there in
          let deployment = try await Deployment(in: folder, registry: try here.address)
          let other = ImagePusher(try there.address, transport: deployment.transport)
          let near = try await deployment.push("near", to: staging)
          let far = try await other.push("far", to: deployment.team)
          let own = try await deployment.push("own")
          try await deployment.declare(["near": near, "far": far, "own": own, "lost": digest(7)])
          let (host, place) = (try here.address.authority, "\(try there.address.authority)/team/app")
          try configure(
            deployment, registry: here.url,
            sources: #""team/staging", "\#(try there.address.authority)/{repository}""#,
            hosts: #"{"\#(try there.address.authority)": {plainHTTP: true}}"#)
          let reason =
            "\(digest(7)) is not in \(host)/team/app, nor in \(host)/team/staging or \(place); push the image to one of "
            + "them, or declare another digest"

          let tip = try CommitID(try await deployment.git.tip())
          let plan = try await deployment.tagkeeper("plan")
          #expect(
            plan.output == """
              latest: production at \(tip.short)
              + team/app:far-latest   \(far.short)  (copied from \(place))
              ! team/app:lost-latest  blocked: \(reason)
              + team/app:near-latest  \(near.short)  (copied from \(host)/team/staging)
              + team/app:own-latest   \(own.short)
              Plan: 3 to create, 0 to move, 0 to delete, 1 blocked, 0 in sync.

              """)
          let markdown = try await deployment.tagkeeper("plan", "--output", "markdown")
          #expect(markdown.output.contains("| copied from \(host)/team/staging |"))
          #expect(try await deployment.tags() == [:])

          let applied = try await deployment.tagkeeper("apply", "--output", "json")
          #expect(applied.status == 1)
          #expect(
            applied.output.contains(
              #""copiedFrom":"\#(place)","reason":null,"outcome":"applied""#))
          #expect(applied.errors.split(separator: "\n").count == 2)
          #expect(
            applied.errors.contains("copied team/app@\(far.short) from \(place): 1 KiB in "),
            "\(applied.errors)")
          #expect(
            try await deployment.tags() == ["near-latest": near, "far-latest": far, "own-latest": own])
          let copied = try await Skopeo.inspect("docker://\(host)/team/app:far-latest")
          #expect(copied == ImagePusher.manifest("far").bytes)
          let journal = try folder.read("state/journal.jsonl")
          #expect(journal.contains(#""copiedFrom":"\#(host)/team/staging""#))

          try await other.push("late", to: deployment.team)
          let late = ImagePusher.manifest("late").digest
          try await deployment.withDaemon { _ in
            try await deployment.declare(["near": late])
            try await until { try await deployment.tags()["near-latest"] == late }
          }
          #expect(deployment.log.contains("copied team/app@\(late.short) from \(place)"))
        }
      }
    }
  }

  @Test func aFolderOfLayoutsStandsForARegistry() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { there in
        let deployment = try await Deployment(in: folder, registry: try there.address)
        let one = try await deployment.push("one")
        let two = try await deployment.push("two")
        let authority = try there.address.authority
        try configure(
          deployment, registry: "oci:images", sources: #""\#(authority)/{repository}""#,
          hosts: #"{"\#(authority)": {plainHTTP: true}}"#)
        try await deployment.declare(["a": one, "b": two])
        // The folder is never made: it may be a disk that is not mounted.
        let held = try await deployment.tagkeeper("apply")
        #expect(held.status == 1)
        #expect(
          held.output.contains("there is no folder \(folder("images")); create it, or mount what it is on"),
          "\(held.output)")
        try folder.write("", to: "images/.keep")

        let applied = try await deployment.tagkeeper("apply")
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        #expect(
          try await Skopeo.inspect("oci:\(folder("images/team/app")):a-latest")
            == ImagePusher.manifest("one").bytes)
        try await deployment.declare(["a": two], message: "Drop b\n\nTagkeeper-Allow: prune")
        #expect(try await deployment.tagkeeper("apply").status == 0)
        let layouts = try ImageLayouts(path: folder("images"))
        #expect(try await layouts.tags(in: deployment.team).map(\.description) == ["a-latest"])
        #expect(
          try await Skopeo.inspect("oci:\(folder("images/team/app")):a-latest")
            == ImagePusher.manifest("two").bytes)
        let plan = try await deployment.tagkeeper("plan", "--detailed-exitcode")
        #expect(plan.status == 0)
        #expect(try folder.read("state/serves") == "oci:\(folder("images"))\n\(deployment.checkout)\n")

        let imported = try await deployment.tagkeeper(
          "import", "--from-registry", "--repository", "team/app", "--match", "*-latest")
        #expect(imported.output.contains("    a:\n      digest: \(two)"))
        #expect(imported.errors == "1 image of 1 repository from oci:\(folder("images"))\n")
        let set = try await deployment.tagkeeper(
          "set", "--repository", "team/app", "--from-tag", "{image}-latest", "a", "--file",
          "\(deployment.checkout)/desired-state/images.yaml")
        #expect(set.status == 0, "\(set.errors)")
      }
    }
  }

  /// A copy may take hours: what has nothing to do with it lands meanwhile, and does not cut it off.
  @Test func aRollbackLandsDuringACopy() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { here in
        let deployment = try await Deployment(in: folder, registry: try here.address)
        let (old, new) = (try await deployment.push("old"), try await deployment.push("new"))
        let gate = Gate()
        defer { gate.open() }
        let slow = try source("slow") { .held(gate, then: $0) }
        let image = ImagePusher.manifest("slow").digest
        let host = slow.url.dropFirst(7)
        try configure(
          deployment, registry: here.url, sources: #""\#(host)/team/app""#,
          hosts: #"{"\#(host)": {plainHTTP: true}}"#)
        try await deployment.declare(["app": new])
        try await deployment.withDaemon { _ in
          try await deployment.declare(["app": new, "slow": image])
          try await until { slow.requests.count { $0.target.contains("/blobs/") } == 2 }
          try await deployment.declare(["app": old, "slow": image])
          try await until { try await deployment.tags() == ["app-latest": old] }
          gate.open()
          try await until { try await deployment.tags() == ["app-latest": old, "slow-latest": image] }
        }
        #expect(slow.requests.count { $0.target.contains("/blobs/") } == 2)
        #expect(
          deployment.log.contains("latest: copied team/app@\(image.short) from \(host)/team/app: 1 KiB in "))
        #expect(
          deployment.log.contains(
            "created team/app:slow-latest at \(image.short) (copied from \(host)/team/app)"))
        #expect(!deployment.log.contains("warning"), "\(deployment.log)")
        #expect(try await deployment.tagkeeper("plan", "--detailed-exitcode").status == 0)
      }
    }
  }

  /// SIGTERM in the midst of a blob that never ends, and again with the blob whole.
  @Test func shutdownEndsACopyThatALaterOneFinishes() async throws {
    try await withTemporaryDirectory { folder in
      try await withRealRegistry { here in
        let deployment = try await Deployment(in: folder, registry: try here.address)
        let image = try await deployment.push("one", to: staging)
        let slow = try source("one") { _ in .stall }
        let host = slow.url.dropFirst(7)
        try configure(
          deployment, registry: here.url, sources: #""\#(host)/team/app""#,
          hosts: #"{"\#(host)": {plainHTTP: true}}"#)
        try await deployment.declare(["a": image])
        try await deployment.withDaemon { _ in
          try await until { slow.requests.contains { $0.target.contains("/blobs/") } }
        }
        #expect(!deployment.log.contains("failed"), "\(deployment.log)")
        try configure(deployment, registry: here.url, sources: "team/staging")
        #expect(try await deployment.tagkeeper("apply").status == 0)
        #expect(try await deployment.tags() == ["a-latest": image])
      }
    }
  }
}
