import JSONOutput
import Model

/// What all reports for programs have.
extension JSONWriter {
  /// A command's report: an object on a line of its own that begins with the version of its format.
  static func report(_ members: (inout JSONWriter) -> Void) -> String {
    text { json in
      json.object {
        $0.member("format", 1)
        members(&$0)
      }
    } + "\n"
  }

  /// A member with an object for each of `elements`.
  mutating func objects<S: Sequence>(
    _ name: String, _ elements: S, _ members: (inout JSONWriter, S.Element) -> Void
  ) {
    key(name)
    array(elements) { json, element in json.object { members(&$0, element) } }
  }

  /// The members that name an image.
  mutating func members(of image: ImageKey) {
    member("repository", image.repository.description)
    member("image", image.image.description)
  }
}
