package import Model

/// Where a person's `tagkeeper suspend` is kept.
package protocol SuspensionBox: Sendable {
  func suspensions() async -> SuspensionReading
}

package enum SuspensionReading: Hashable, Sendable {
  /// All that nobody ended, in force or not any more.
  case known([Suspension])
  /// What was said can't be read: nothing may be changed.
  case unknown(String)
}
