import HTTPClient
import Model

// Azure Container Registry's own interface, https://learn.microsoft.com/rest/api/containerregistry/tag.

extension RegistryClient {
  /// `DELETE /acr/v1/NAME/_tags/TAG`: the tag alone; 202 where it went, 404 where there was none.
  /// - Throws: `RegistryError`, of kind `rejected` and naming the lock where the tag is locked.
  func deleteACRTag(_ tag: TagReference) async throws(RegistryError) -> DeletionOutcome {
    do { try await Task.sleep(for: deletionPace.delay(at: .now)) } catch {
      throw RegistryError(.cancelled, "cancelled before \(tag) was deleted")
    }
    let request = request(.delete, outside: acrPath(of: tag), Access(.delete, tag.repository))
    let response = try await send(request)
    switch response.status {
    case 200, 202, 204:
      guard !response.isHTML else { throw failure(response, to: request) }
      return .deleted
    case 404 where RegistryErrorBody(response) != nil: return .absent
    case 400, 403, 405, 409:
      guard let lock = try? await acrLock(of: tag) else { throw failure(response, to: request) }
      throw RegistryError(
        .rejected,
        "\(request.operation): the registry answered \(response.summary): the tag is locked (\(lock)); unlock it with "
          + "az acr repository update --image \(tag) --delete-enabled true --write-enabled true")
    default: throw failure(response, to: request)
    }
  }

  /// What of the tag's `changeableAttributes` keeps it from being deleted; nil where nothing does.
  private func acrLock(of tag: TagReference) async throws(RegistryError) -> String? {
    let request = request(.get, outside: acrPath(of: tag), Access(.list, tag.repository))
    let response = try await send(request)
    guard response.status == 200, let answer = ACRTag.Answer(json: response.body) else {
      throw failure(response, to: request)
    }
    guard let attributes = answer.tag.changeableAttributes else { return nil }
    let locks = [("deleteEnabled", attributes.deleteEnabled), ("writeEnabled", attributes.writeEnabled)]
    let closed = locks.filter { $0.1 == false }.map { "\($0.0): false" }
    return closed.isEmpty ? nil : closed.joined(separator: ", ")
  }

  private func acrPath(of tag: TagReference) -> String {
    "\(Self.acrTagsPath(of: tag.repository))/\(tag.tag)"
  }

  /// A `/` in the name has to be escaped.
  static func acrTagsPath(of repository: RepositoryName) -> String {
    "/acr/v1/\(repository.description.replacing("/", with: "%2F"))/_tags"
  }
}

/// A tag as Azure Container Registry describes it.
struct ACRTag: Decodable {
  struct Attributes: Decodable {
    let deleteEnabled: Bool?
    let writeEnabled: Bool?
  }

  /// Of `GET /acr/v1/NAME/_tags/TAG`.
  struct Answer: Decodable {
    let tag: ACRTag
  }

  /// Of `GET /acr/v1/NAME/_tags`.
  struct Page: Decodable {
    /// Null for none.
    let tags: [ACRTag]?
  }

  let name: String
  let digest: String
  let changeableAttributes: Attributes?
}
