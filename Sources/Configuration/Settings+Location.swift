/// No configuration file was named, and none stands where one is looked for.
package struct ConfigurationNotFound: Error, Equatable, CustomStringConvertible {
  package var description: String {
    "there is no configuration: tried \(Settings.defaultPaths.joined(separator: " and ")); "
      + "name one with --config or $TAGKEEPER_CONFIG, or write one with tagkeeper init"
  }
}

extension Settings {
  static let defaultPaths = ["./tagkeeper.yaml", "/etc/tagkeeper/tagkeeper.yaml"]

  /// The path of the configuration: `--config`, else `$TAGKEEPER_CONFIG` unless it is empty, else the first of
  /// `./tagkeeper.yaml` and `/etc/tagkeeper/tagkeeper.yaml` that exists. A path that was named is taken whether it
  /// exists or not: falling back to another file would be a surprise.
  package static func path(
    flag: String?, environment: String?, exists: (String) -> Bool
  ) throws(ConfigurationNotFound) -> String {
    if let flag { return flag }
    if let environment, !environment.isEmpty { return environment }
    guard let path = defaultPaths.first(where: exists) else { throw ConfigurationNotFound() }
    return path
  }
}
