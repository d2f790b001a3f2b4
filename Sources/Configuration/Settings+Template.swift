import YAML

extension Settings {
  /// A commented configuration, as `tagkeeper init` writes it.
  /// - Parameters:
  ///   - checkout: a path, relative to where the file will stand, or absolute.
  ///   - registry: such as `https://registry.example.com`.
  ///   - channels: names, branches and tag templates; `nil` for the template `{image}-NAME`.
  package static func template(
    checkout: String, registry: String, channels: [(name: String, branch: String, tag: String?)]
  ) -> String {
    let blocks = channels.map { name, branch, tag in
      """
        \(name):
          branch: \(branch.yamlScalar)
          tag: \((tag ?? "{image}-\(name)").yamlDoubleQuoted)
      """
    }
    return """
      # The configuration of tagkeeper. It belongs to whoever runs the daemon, not to the branch.
      # Relative paths start at this file's folder. `tagkeeper plan` shows what would be done.
      version: 1

      # A git checkout or bare repository on this machine, and the state's path in its branches.
      checkout: \(checkout.yamlScalar)
      state: desired-state/images.yaml
      # fetch: true                      # fetches the channels' branches of origin every minute: branch: origin/NAME
      # statePaths: [old/images.yaml]  # former state paths: their history tells which tags are ours

      # http:// only for loopback, unless plainHTTP: true; oci:PATH keeps image layouts in a folder instead.
      registry: \(registry.yamlScalar)
      # Credentials are those of docker login and podman login, unless they are named here; never the secret itself.
      # username: tagkeeper                          # or usernameEnv, the name of an environment variable
      # passwordFile: /run/secrets/registry-password # or passwordEnv, the name of an environment variable
      # caFile: /etc/tagkeeper/ca.pem                # an authority that is trusted beside the system's

      # A channel is a branch and the tags that it makes; {image} is the image's name.
      channels:
      \(blocks.joined(separator: "\n"))
          # createFrom: NAME                # a channel whose new images get their tag here at once
          # keep: "{image}-{date}-{commit}" # a second tag of each generation, never moved nor deleted
          # sources: [team/staging]         # where a digest that a repository lacks is copied from
          # drift: report                   # leave tags that somebody else moved, and tell of them

      # Only commits that one of these SSH or OpenPGP keys signed are applied; mode: all asks it of those before them too.
      # verify: {keys: allowed-signers, mode: head}

      # poll: 15s        # how often branches are resolved when no event arrives
      # sweep: 5m        # how often every tag is compared
      # concurrency: 16  # requests in flight
      # requestsPerSecond: 50

      # listen: 127.0.0.1:8321  # where health checks and hooks are served; none: nowhere
      # hooks: {git: {secretFile: hook-secret}, registry: {secretFile: hook-secret}} # a push is seen at once

      """
  }
}
