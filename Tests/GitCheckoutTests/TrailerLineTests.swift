import GitCheckout
import Testing

@Suite struct TrailerLineTests {
  private let line = TrailerLine("Tagkeeper-Allow", "prune")

  @Test(arguments: [
    "Tagkeeper-Allow: prune", "a\n\nTagkeeper-Allow: prune\n", "a\nTagkeeper-Allow: prune\nmore\n",
    "a\r\n\r\nTagkeeper-Allow: prune\r\nmore\r\n", "é\u{301}\nTagkeeper-Allow: prune",
  ])
  func wholeLineStands(_ message: String) { #expect(line.stands(in: message)) }

  @Test(arguments: [
    "", "Tagkeeper-Allow:prune", "Tagkeeper-Allow: prune ", " Tagkeeper-Allow: prune",
    "Tagkeeper-Allow: prunes",
    "tagkeeper-allow: prune", "xTagkeeper-Allow: prune", "> Tagkeeper-Allow: prune",
    "Tagkeeper-Allow: \nprune",
  ])
  func anythingElseDoesNot(_ message: String) { #expect(!line.stands(in: message)) }

  @Test func valuesAreListedInOrder() {
    let message =
      "cut\n\nRollout-From: aa\r\nRollout-Onto: bb\nRollout-From: cc\n Rollout-From: dd\nRollout-From:ee"
    #expect(TrailerLine.values(of: "Rollout-From", in: message) == ["aa", "cc"])
    #expect(line.description == "Tagkeeper-Allow: prune")
  }
}
