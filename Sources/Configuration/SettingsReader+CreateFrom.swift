import Model
import YAML

/// A channel that takes new images from another.
struct ChannelSource {
  let channel: String
  let source: String
  /// Where `source` stands.
  let node: Node
}

extension SettingsReader {
  /// Nil without `createFrom`, and with an error where the channel's template gives several images one tag: which of
  /// them would be created?
  mutating func createFrom(
    _ channel: String, _ template: TagTemplate?, _ fields: inout Fields
  ) -> ChannelSource? {
    guard let node = fields.take("createFrom", &diagnostics),
      let source = node.name("\"createFrom\"", &diagnostics)
    else { return nil }
    if let template, !template.namesImage {
      diagnostics.error(
        at: node, "\"createFrom\" stands beside the tag \(template.description.quoted), which names no image",
        remedy: "put {image} into the tag, or remove createFrom")
      return nil
    }
    return ChannelSource(channel: channel, source: source, node: node)
  }

  /// Each source is another channel of this configuration, and no channel is its own source by way of others.
  mutating func check(_ sources: [ChannelSource], among channels: [String]) {
    let sourceOf = Dictionary(sources.map { ($0.channel, $0.source) }) { first, _ in first }
    var told: Set<String> = []
    for source in sources {
      let name = source.source
      if name == source.channel {
        diagnostics.error(
          at: source.node, "channel \(name.quoted) would create from itself",
          remedy: "name the channel whose new images it is to get")
      } else if !channels.contains(name) {
        diagnostics.error(
          at: source.node, "there is no channel \(name.quoted)",
          remedy: "known channels are \(channels.filter { $0 != source.channel }.joined(separator: ", "))")
      } else if let circle = circle(from: source.channel, sourceOf), told.isDisjoint(with: circle) {
        told.formUnion(circle)
        diagnostics.error(
          at: source.node,
          "channels create from one another in a circle: \((circle + circle.prefix(1)).joined(separator: ", "))",
          remedy: "remove createFrom from one of them")
      }
    }
  }

  /// The channels that lead back to `channel`, itself first; nil where none do.
  private func circle(from channel: String, _ sourceOf: [String: String]) -> [String]? {
    var path = [channel]
    while let next = sourceOf[path[path.count - 1]] {
      if next == channel { return path.count > 1 ? path : nil }
      if path.contains(next) { return nil }
      path.append(next)
    }
    return nil
  }
}
