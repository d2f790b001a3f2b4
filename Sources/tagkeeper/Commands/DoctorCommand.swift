extension CommandSpec {
  static let doctor = CommandSpec(
    name: "doctor",
    summary: "Check the configuration, the checkout, the registry and the sources, with remedies.",
    discussion: """
      One line a check: ok, warn (it works, with something to know, or could not be learned) or FAIL. It
      moves, creates and deletes no tag. The right to push is learned by an upload that is begun and
      cancelled, the right to delete by deleting a tag and a manifest that are not there.
      """
  ) { arguments in
    let output = FindingOutput(format: arguments.choice("--output", default: .text))
    let findings = await Doctor.examine(arguments)
    Console.out(output.text(findings))
    return findings.contains { $0.verdict == .failure } ? .attention : .done
  }
}
