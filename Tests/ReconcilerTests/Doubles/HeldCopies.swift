import Synchronization

/// Holds copies in their midst until they are released or cancelled.
final class HeldCopies: Sendable {
  private struct State {
    var held: [UInt8: CheckedContinuation<Void, Never>] = [:]
    /// Released, or cancelled, before they were held.
    var free: Set<UInt8> = []
    var arrived: Set<UInt8> = []
    var waiting: [(numbers: Set<UInt8>, continuation: CheckedContinuation<Void, Never>)] = []
  }
  private let state = Mutex(State())

  init(_ sources: ModelSources) {
    sources.adjust { $0.onCopy = { [self] in await hold($0) } }
  }

  func release(_ numbers: UInt8...) { for number in numbers { free(number) } }

  /// Returns once all of them are being copied.
  func wait(for numbers: UInt8...) async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        let isOver = state.arrived.isSuperset(of: numbers)
        if !isOver { state.waiting.append((Set(numbers), continuation)) }
        return isOver
      }
      if isOver { continuation.resume() }
    }
  }

  private func hold(_ number: UInt8) async {
    let arrivals = state.withLock { state in
      state.arrived.insert(number)
      let over = state.waiting.filter { $0.numbers.isSubset(of: state.arrived) }
      state.waiting.removeAll { $0.numbers.isSubset(of: state.arrived) }
      return over
    }
    for arrival in arrivals { arrival.continuation.resume() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isFree = state.withLock { state in
          let isFree = state.free.remove(number) != nil
          if !isFree { state.held[number] = continuation }
          return isFree
        }
        if isFree { continuation.resume() }
      }
    } onCancel: {
      free(number)
    }
    state.withLock { _ = $0.arrived.remove(number) }
  }

  private func free(_ number: UInt8) {
    let held = state.withLock { state in
      let held = state.held.removeValue(forKey: number)
      if held == nil { state.free.insert(number) }
      return held
    }
    held?.resume()
  }
}
