import CMicroHTTPD

// libmicrohttpd calls these on its thread, with the `RequestHandling` as context. File-scope functions, because a closure
// would belong to the actor in whose code it stands, and trap here.

/// MHD_AccessHandlerCallback: once when the head has come, for each piece of the body, and once behind it.
/// - Parameter state: The request's own: nil at first, then a retained `Exchange`.
func handleAccess(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ path: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ bytes: UnsafePointer<CChar>?,
  _ size: UnsafeMutablePointer<Int>?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  let requests = Unmanaged<RequestHandling>.fromOpaque(context!).takeUnretainedValue()
  guard let known = state!.pointee else {
    let exchange = requests.begin(connection!, String(cString: method!), String(cString: path!))
    state!.pointee = exchange.map { Unmanaged.passRetained($0).toOpaque() }
    return .YES
  }
  let exchange = Unmanaged<Exchange>.fromOpaque(known).takeUnretainedValue()
  let count = size!.pointee
  guard count > 0 else {
    requests.send(exchange.answer(), on: connection!)
    return .YES
  }
  size!.pointee = 0  // all of it is taken
  let progress = requests.receive(UnsafeRawBufferPointer(start: bytes, count: count), of: exchange)
  return progress == .goesOn ? .YES : .NO
}

/// MHD_RequestCompletedCallback, for requests of which the head came.
func completeRequest(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
  let requests = Unmanaged<RequestHandling>.fromOpaque(context!).takeUnretainedValue()
  let exchange = state!.pointee.map { Unmanaged<Exchange>.fromOpaque($0).takeRetainedValue() }
  state!.pointee = nil
  requests.end(exchange, on: connection!)
}

/// MHD_NotifyConnectionCallback; at a connection's end its socket is still open.
func noteConnection(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ moment: MHD_ConnectionNotificationCode
) {
  let requests = Unmanaged<RequestHandling>.fromOpaque(context!).takeUnretainedValue()
  if moment == .CONNECTION_NOTIFY_STARTED {
    requests.opened(connection!)
  } else {
    requests.closed(connection!)
  }
}
