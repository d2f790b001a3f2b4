extension StateText {
  /// A first state file, as `tagkeeper init` writes it: canonical, commented, without images.
  package static let firstText = """
    # What the tags of the registry are to be: image -> digest, per repository.
    # Change a digest in a pull request; the tags follow when it lands on a channel's branch.
    # `tagkeeper validate` checks this file, `tagkeeper fmt` writes its canonical form, and
    # `tagkeeper set --repository team/images IMAGE DIGEST` adds or changes one image.
    version: 1
    repositories: {}

    # An example:
    #
    # repositories:
    #   team/images:
    #     ubuntu-24.04-amd64:
    #       digest: sha256:<64 hex digits>
    #       hold: "why a rollout leaves this image as it is"
    #       eol: 2029-04-25

    """
}
