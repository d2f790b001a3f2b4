package import LinuxSystem
import Model

/// OCI image layouts under a folder, one a repository, in the place of a registry: `PATH/REPOSITORY/index.json`,
/// `oci-layout` and `blobs/sha256/HEX` (OCI image-spec, "Image Layout"). A tag is the entry of `index.json` that is
/// annotated with its name.
///
/// Files appear whole or not at all, and whoever changes `index.json` holds the lock `PATH/REPOSITORY/.lock`: several
/// processes of this program, and readers of any program, see whole states. Docker's manifests are kept as they are:
/// their digests stay, and `skopeo`, which knows OCI's types alone there, passes over them. Nothing is ever collected.
package final class ImageLayouts: Sendable {
  /// The folder; it is never created.
  package let path: String
  let indexes: LayoutIndexes
  /// For blobs.
  let worker: WorkerThread
  /// For what a tag needs: large files never keep one waiting.
  let manifestWorker: WorkerThread

  /// - Throws: `SystemError` where the system allows no further thread.
  package init(path: String) throws(SystemError) {
    self.path = path
    indexes = try LayoutIndexes(root: path)
    worker = try WorkerThread(named: "layout blobs")
    manifestWorker = try WorkerThread(named: "layout manifest")
  }

  func folder(of repository: RepositoryName) throws(RegistryError) -> LayoutFolder {
    try LayoutFolder(root: path, repository: repository)
  }
}
