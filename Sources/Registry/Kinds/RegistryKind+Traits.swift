extension RegistryKind {
  /// The table of the registries' differences. Each line is the registry's own document, or its maintainers' word in an
  /// issue, but for what is said to be ours; whether a tag is deleted alone, where neither says it, is left to a proof
  /// (`TagDeletion.proven`).
  package var traits: RegistryTraits {
    switch self {
    // learn.microsoft.com/rest/api/containerregistry: tag/delete, tag/getlist; "Set a retention policy for untagged
    // manifests"; "Lock a container image". 8 deletions a second is ours: no document was found for their pace.
    case .acr:
      RegistryTraits(
        name: "Azure Container Registry", tagDeletion: .acr, emulatesDeletion: false, deletionsPerSecond: 8,
        collection: "a retention policy for untagged manifests, where one is set",
        settings: "a token or principal with AcrPush, and AcrDelete where tags are to be deleted")
    // opencontainers/distribution-spec #102: a tag is a pointer, deleted apart; genuinetools/reg #136: a manifest with a
    // tag is not deleted by digest (GOOGLE_MANIFEST_DANGLING_TAG), so a tombstone's way is closed.
    case .artifactRegistry:
      RegistryTraits(
        name: "Google Artifact Registry, gcr.io", tagDeletion: .native, emulatesDeletion: false,
        collection: "a cleanup policy that deletes untagged images, where one is set",
        settings: "roles/artifactregistry.writer, and repoAdmin where tags are to be deleted")
    // JFrog documents a deletion of tags by its own API alone.
    case .artifactory:
      RegistryTraits(
        name: "JFrog Artifactory", tagDeletion: .proven, emulatesDeletion: true,
        collection: "Max Unique Tags, where it is set",
        settings: "a user with Deploy, and Delete where tags are to be moved or deleted")
    // docker/hub-feedback #2360: 405.
    case .dockerHub:
      RegistryTraits(
        name: "Docker Hub", tagDeletion: .refused, emulatesDeletion: false,
        settings:
          "`registry: https://registry-1.docker.io`; a personal access token with Read & Write; tags are deleted "
          + "by hand")
    // BatchDeleteImage: with an image's last tag goes the image. Whether DELETE of the registry API is the same, and
    // whether a tombstone is taken, is documented nowhere that was found.
    case .ecr:
      RegistryTraits(
        name: "Amazon ECR", tagDeletion: .proven, emulatesDeletion: true,
        collection: "the deletion of an image's last tag, and lifecycle policies for untagged images",
        settings: "tag mutability `MUTABLE`; ecr:BatchDeleteImage where tags are to be deleted")
    case .ecrPublic:
      RegistryTraits(
        name: "Amazon ECR Public", tagDeletion: .proven, emulatesDeletion: true,
        collection: "the deletion of an image's last tag",
        settings: "ecr-public:BatchDeleteImage where tags are to be deleted")
    // fluxcd/pkg #328: 405 UNSUPPORTED; packages are deleted by GitHub's own API.
    case .ghcr:
      RegistryTraits(
        name: "GitHub Container Registry", tagDeletion: .refused, emulatesDeletion: false,
        settings: "a classic token with write:packages; tags are deleted by hand")
    // gitlab-org/container-registry docs/spec/api.md: DELETE by tag since August 2023.
    case .gitlab:
      RegistryTraits(
        name: "GitLab", tagDeletion: .native, emulatesDeletion: true,
        collection:
          "garbage collection with -m (self-managed without the metadata database), and online collection of "
          + "untagged manifests (with it, GitLab.com)",
        settings: "a deploy or access token with read_registry and write_registry")
    // goharbor/harbor #11971: DELETE by tag is UNSUPPORTED. Its "Garbage Collection" page.
    case .harbor:
      RegistryTraits(
        name: "Harbor", tagDeletion: .proven, emulatesDeletion: true,
        collection:
          "garbage collection with \"Delete Untagged Artifacts\", and retention rules, where they are set",
        settings: "a robot account with push, pull, list and delete of artifacts and tags")
    // quay/quay #3128: the tag alone goes, since August 2024; its garbage collection takes manifests without tags.
    case .quay:
      RegistryTraits(
        name: "Quay", tagDeletion: .native, emulatesDeletion: true,
        collection: "garbage collection, once the tag's time machine has expired",
        settings: "a robot account with Write")
    // zotregistry.dev "Retention": untagged manifests are deleted by default. project-zot/zot #2626: DELETE by tag leaves
    // the manifest since 2.1.2. distribution: 2.8 answers DIGEST_INVALID or UNSUPPORTED, later ones untag.
    case .other:
      RegistryTraits(
        name: "others: distribution 2.8 and 3, zot, Quay, GitLab and Harbor on a name of their own",
        tagDeletion: .proven, emulatesDeletion: true,
        collection:
          "distribution's garbage-collect -m, which also takes the children of tagged indexes; zot's collection "
          + "of untagged manifests; Quay's garbage collection",
        settings: "deletion switched on where tags are to be deleted (distribution: "
          + "`REGISTRY_STORAGE_DELETE_ENABLED=true`)")
    }
  }
}
