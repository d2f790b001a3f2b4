import Model
import Registry

extension FakeRegistry.State {
  mutating func reply(to request: ServedRequest) -> ScriptedReply {
    let answer = answer(to: request)
    return behaviour.gate?(request).map { .held($0, then: answer) } ?? answer
  }

  private mutating func answer(to request: ServedRequest) -> ScriptedReply {
    if let reply = behaviour.override?(request) { return reply }
    if behaviour.answersHTML {
      return .response(200, [("Content-Type", "text/html")], body: "<html>Please log in</html>")
    }
    let parts = request.path.split(separator: "/").map(String.init)
    if parts.count == 4, parts[0] == "acr", behaviour.digestListing == .acr {
      return list(parts[2].replacing("%2F", with: "/"), request)
    }
    guard parts.first == "v2" else { return .response(404) }
    if parts.count == 1 { return .response(200, Self.json, body: "{}") }
    if behaviour.isReadOnly, !["GET", "HEAD"].contains(request.method) {
      return .response(
        405, [("Content-Type", "text/plain"), ("Allow", "GET, HEAD")], body: "Method not allowed\n")
    }
    guard parts.count >= 4 else { return Self.error(404, "NAME_UNKNOWN") }
    let repository = parts[1..<(parts.count - 2)].joined(separator: "/")
    switch parts[parts.count - 2] {
    case "tags": return list(repository, request)
    case "manifests": return manifest(repository, parts[parts.count - 1], request)
    default: return blob(request)
    }
  }

  static func error(_ status: Int, _ code: String, _ message: String = "scripted") -> ScriptedReply {
    .response(status, json, body: #"{"errors":[{"code":"\#(code)","message":"\#(message)"}]}"#)
  }

  private static var json: [(String, String)] {
    [("Content-Type", "application/json"), ("Docker-Distribution-Api-Version", "registry/2.0")]
  }

  private mutating func manifest(
    _ name: String, _ reference: String, _ request: ServedRequest
  ) -> ScriptedReply {
    let tag = try? TagName(reference)
    let digest = try? Digest(reference)
    if let tag, let left = behaviour.serverErrors[tag], left > 0 {
      behaviour.serverErrors[tag] = left - 1
      return Self.error(500, "UNKNOWN")
    }
    switch request.method {
    case "PUT": return put(name, tag, digest, request)
    case "DELETE": return delete(name, tag, digest)
    default:
      let repository = repositories[name]
      guard let digest = digest ?? tag.flatMap({ repository?.tags[$0] }),
        let manifest = repository?.manifests[digest]
      else { return Self.error(404, repository == nil ? "NAME_UNKNOWN" : "MANIFEST_UNKNOWN") }
      return .answer(
        status: 200, headers: describing(digest) + [("Content-Type", manifest.mediaType.rawValue)],
        body: manifest.bytes)
    }
  }

  private mutating func put(
    _ name: String, _ tag: TagName?, _ digest: Digest?, _ request: ServedRequest
  ) -> ScriptedReply {
    let mediaType = request.header("Content-Type").flatMap { MediaType(rawValue: $0) }
    guard let mediaType else { return Self.error(400, "MANIFEST_INVALID") }
    let manifest = Manifest(bytes: request.body, mediaType: mediaType)
    guard digest == nil || digest == manifest.digest else { return Self.error(400, "DIGEST_INVALID") }
    repositories[name, default: FakeRegistry.Repository()].manifests[manifest.digest] = manifest
    if let tag { repositories[name]!.tags[tag] = manifest.digest }
    return .response(201, describing(manifest.digest))
  }

  private mutating func delete(_ name: String, _ tag: TagName?, _ digest: Digest?) -> ScriptedReply {
    if let tag {
      switch behaviour.tagDeletion {
      case .unsupported: return Self.error(405, "UNSUPPORTED")
      case .digestInvalid: return Self.error(400, "DIGEST_INVALID")
      case .native:
        guard repositories[name]?.tags.removeValue(forKey: tag) != nil else {
          return Self.error(404, "MANIFEST_UNKNOWN")
        }
        return .response(202)
      case .withManifest:
        guard let digest = repositories[name]?.tags[tag] else { return Self.error(404, "MANIFEST_UNKNOWN") }
        return delete(name, nil, digest)
      }
    }
    guard behaviour.deletesManifests else { return Self.error(405, "UNSUPPORTED") }
    guard let digest, repositories[name]?.manifests.removeValue(forKey: digest) != nil else {
      return Self.error(404, "MANIFEST_UNKNOWN")
    }
    guard behaviour.halfDeletions == 0 else {
      behaviour.halfDeletions -= 1
      return Self.error(500, "UNKNOWN")
    }
    repositories[name]!.tags = repositories[name]!.tags.filter { $0.value != digest }
    return .response(202)
  }

  private func describing(_ digest: Digest) -> [(String, String)] {
    behaviour.dropsContentDigest ? [] : [("Docker-Content-Digest", digest.description)]
  }

  /// `n` and `last` as the specification has them.
  private func list(_ name: String, _ request: ServedRequest) -> ScriptedReply {
    guard let repository = repositories[name] else { return Self.error(404, "NAME_UNKNOWN") }
    var query: [String: String] = [:]
    for pair in request.target.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1)
      if halves.count == 2 { query[String(halves[0])] = String(halves[1]) }
    }
    let rest = repository.tags.keys.map(\.description).sorted().filter { $0 > query["last"] ?? "" }
    let page = rest.prefix(query["n"].flatMap { Int($0) } ?? rest.count)
    var headers = Self.json
    if page.count < rest.count, let last = page.last {
      headers.append(("Link", #"<\#(request.path)?n=\#(page.count)&last=\#(last)>; rel="next""#))
    }
    return .response(200, headers, body: listing(of: Array(page), in: repository, name))
  }

  private func listing(of page: [String], in repository: FakeRegistry.Repository, _ name: String) -> String {
    let names = page.map { "\"\($0)\"" }.joined(separator: ",")
    guard let kind = behaviour.digestListing else { return #"{"name":"\#(name)","tags":[\#(names)]}"# }
    let digests = page.map { ($0, repository.tags[try! TagName($0)]!) }  // both are its own
    switch kind {
    case .google:
      let manifests = Dictionary(grouping: digests) { $0.1 }.map { digest, tags in
        #""\#(digest)":{"imageSizeBytes":"0","mediaType":"","tag":[\#(tags.map { "\"\($0.0)\"" }.joined(separator: ","))],"#
          + #""timeCreatedMs":"0","timeUploadedMs":"1550296103137"}"#
      }.joined(separator: ",")
      return #"{"child":[],"manifest":{\#(manifests)},"name":"\#(name)","tags":[\#(names)]}"#
    case .acr:
      let tags = digests.map { tag, digest in
        #"{"name":"\#(tag)","digest":"\#(digest)","signed":false,"changeableAttributes":{"deleteEnabled":true,"writeEnabled":true}}"#
      }.joined(separator: ",")
      return #"{"registry":"contoso.azurecr.io","imageName":"\#(name)","tags":[\#(tags)]}"#
    }
  }

  /// Keeps every blob by what its bytes hash to, for all repositories.
  private mutating func blob(_ request: ServedRequest) -> ScriptedReply {
    switch request.method {
    case "POST": return .response(202, [("Location", request.path + "upload")])
    case "PUT":
      blobs[sha256(request.body)] = request.body
      return .response(201)
    default:
      let digest = request.path.split(separator: "/").last.flatMap { try? Digest($0) }
      guard let bytes = digest.flatMap({ blobs[$0] }) else { return Self.error(404, "BLOB_UNKNOWN") }
      return .answer(status: 200, headers: [("Content-Type", "application/octet-stream")], body: bytes)
    }
  }
}
