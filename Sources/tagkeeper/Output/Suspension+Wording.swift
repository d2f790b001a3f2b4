import JSONOutput
import Model

extension Suspension {
  /// With what it is of, where that is an image: the channel is told beside it.
  var told: String { (image.map { "\($0) " } ?? "") + sentence }

  func writeMembers(to json: inout JSONWriter) {
    json.member("channel", channel)
    json.member("repository", image?.repository.description)
    json.member("image", image?.image.description)
    json.member("reason", reason)
    json.member("author", author)
    json.member("since", since.description)
    json.member("until", until?.description)
  }
}
