/// Where docker and podman keep credentials.
struct AuthFilePlaces: Sendable {
  struct Place: Sendable {
    let path: String
    let format: AuthFile.Format
    /// It was named: where nothing is there, that is an error.
    var isRequired = false
  }

  /// In the order of asking.
  let all: [Place]

  /// `$DOCKER_CONFIG` or `~/.docker` (docker-cli); then `$REGISTRY_AUTH_FILE`, else `$XDG_RUNTIME_DIR` and
  /// `$XDG_CONFIG_HOME` or `~/.config` (containers-auth.json(5)).
  init(environment: [String: String]) {
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let home = variable("HOME")
    var places: [Place] = []
    if let folder = variable("DOCKER_CONFIG") ?? home.map({ $0 + "/.docker" }) {
      places.append(Place(path: folder + "/config.json", format: .docker))
    }
    if let path = variable("REGISTRY_AUTH_FILE") {
      places.append(Place(path: path, format: .containers, isRequired: true))
    } else {
      let folders = [
        variable("XDG_RUNTIME_DIR"), variable("XDG_CONFIG_HOME") ?? home.map { $0 + "/.config" },
      ]
      for folder in folders.compactMap(\.self) {
        places.append(Place(path: folder + "/containers/auth.json", format: .containers))
      }
    }
    all = places
  }
}
