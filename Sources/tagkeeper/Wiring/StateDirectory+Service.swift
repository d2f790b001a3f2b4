import FoundationEssentials
import LinuxSystem

extension StateDirectory {
  /// What a journal is of. Another one's would take one branch for a rewound other.
  struct Service {
    let registry: String
    /// Absolute.
    let checkout: String

    fileprivate var text: String { "\(registry)\n\(checkout)\n" }
    /// However a folder was named: by `..`, or through a link.
    fileprivate var places: [String] {
      [registry, checkout].map { name in
        guard name.hasPrefix("oci:") else { return CanonicalPath.of(name) ?? name }
        let folder = String(name.dropFirst("oci:".count))
        return "oci:" + (CanonicalPath.of(folder) ?? folder)
      }
    }
    fileprivate var sentence: String { "the registry \(registry) and the checkout \(checkout)" }
  }

  private var servicePath: String { "\(path)/serves" }

  /// - Throws: `CommandFailure` where the directory serves another registry or checkout.
  func checkService() throws(CommandFailure) {
    guard let text = try? String(contentsOfFile: servicePath, encoding: .utf8), text != service.text else {
      return
    }
    let lines = text.split(separator: "\n").map(String.init)
    guard lines.count == 2 else { return }
    let other = Service(registry: lines[0], checkout: lines[1])
    guard other.places != service.places else { return }
    throw CommandFailure(
      """
      the state directory \(path) is of \(other.sentence), and the configuration names \(service.sentence): \
      give another by --state-dir, or, where one of them moved, remove \(servicePath)
      """)
  }

  /// Writes down what the directory is of. Only under the lock.
  /// - Throws: `CommandFailure`.
  func claim() throws(CommandFailure) {
    guard !FileManager.default.fileExists(atPath: servicePath) else { return }
    do { try FileReplacement.replace(servicePath, with: Array(service.text.utf8), mode: 0o644) } catch {
      throw CommandFailure(error)
    }
  }
}
