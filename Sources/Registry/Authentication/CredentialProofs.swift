import Synchronization

/// Which credentials a token service took of late, by `FoundCredentials.origin`: those that none did are shown by one
/// request at a time.
final class CredentialProofs: Sendable {
  /// A password may be replaced at any time.
  private static let life = Duration.seconds(60)

  private struct Proof {
    let trial = PasswordTrial()
    /// Nil before they were taken.
    var end: Duration?
  }

  private let proofs = Mutex<[String: Proof]>([:])

  func trial(of origin: String, at now: Duration) -> PasswordTrial {
    proofs.withLock { proofs in
      if let known = proofs[origin], known.end.map({ now < $0 }) ?? true { return known.trial }
      let proof = Proof()
      proofs[origin] = proof
      return proof.trial
    }
  }

  /// Ends `trial`, which the caller made.
  func end(_ trial: PasswordTrial, of origin: String, _ verdict: PasswordTrial.Verdict?, at now: Duration) {
    proofs.withLock { proofs in
      guard proofs[origin]?.trial === trial else { return }
      switch verdict {
      case .taken: proofs[origin]?.end = now + Self.life
      // Who waits for it has it; whoever comes later tries anew.
      case .refused: proofs[origin] = nil
      case nil: break
      }
    }
    trial.end(verdict)
  }

  /// The files may name others by now.
  func forget() { proofs.withLock { $0 = [:] } }
}
