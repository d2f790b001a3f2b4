import HTTPClient

/// The registries whose behaviour is known; what differs between them is in `traits`.
package enum RegistryKind: String, Hashable, Sendable, CaseIterable {
  case acr, artifactRegistry, artifactory, dockerHub, ecr, ecrPublic, ghcr, gitlab, harbor, quay
  /// Every other: distribution, zot, Forgejo, … They show by their answers what they do.
  case other

  /// By the host's name; `other` where that says nothing.
  package init(host: String) {
    func isWithin(_ domains: String...) -> Bool {
      domains.contains { host == $0 || host.hasSuffix("." + $0) }
    }
    self =
      if isWithin("azurecr.io", "azurecr.cn", "azurecr.us") {
        .acr
      } else if isWithin("gcr.io", "pkg.dev") {
        .artifactRegistry
      } else if isWithin("jfrog.io") {
        .artifactory
      } else if isWithin("docker.io", "docker.com") {
        .dockerHub
      } else if host.contains(".dkr.ecr"), isWithin("amazonaws.com", "amazonaws.com.cn") {
        .ecr
      } else if host.contains(".dkr-ecr"), isWithin("on.aws", "on.amazonwebservices.com.cn") {
        // Dual-stack: "Making requests to Amazon ECR registries", in the user guide.
        .ecr
      } else if isWithin("public.ecr.aws", "ecr-public.aws.com") {
        .ecrPublic
      } else if isWithin("ghcr.io") {
        .ghcr
      } else if isWithin("registry.gitlab.com") {
        .gitlab
      } else if isWithin("quay.io") {
        .quay
      } else {
        .other
      }
  }

  /// What an answer of `/v2/` shows of a registry on a name of its owner's; nil where it shows nothing.
  ///
  /// GitLab's registry names itself in `Gitlab-Container-Registry-Version`, Artifactory in `X-JFrog-Version`, and Harbor
  /// in the `service` of its challenge. Quay, zot and distribution have no such mark.
  init?(shownBy response: HTTPResponse) {
    if response.headers["Gitlab-Container-Registry-Version"] != nil {
      self = .gitlab
    } else if response.headers["X-JFrog-Version"] != nil {
      self = .artifactory
    } else if response.headers.values("WWW-Authenticate").contains(where: {
      $0.contains(#"service="harbor-registry""#)
    }) {
      self = .harbor
    } else {
      return nil
    }
  }
}
