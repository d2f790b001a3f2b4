/// What clients may take of the server, whoever they are.
package struct ServerLimits: Sendable {
  /// Of one request's body, in bytes: more is answered by 413.
  package var body = 1 << 20
  /// Of all bodies that are being received: more is answered by 503.
  package var bodies = 8 << 20
  /// Of one connection's request line, headers and answer's headers, in bytes: more is answered by 431, or 414.
  package var connectionMemory = 16 << 10
  /// Those that come while so many are open wait until one is closed.
  package var connections = 64
  /// From a connection's start, or its last answer, to the end of the next request: then it is closed.
  package var request: Duration = .seconds(10)
  /// For which a client may take nothing of an answer, in whole seconds.
  package var idle: Duration = .seconds(30)

  package init() {}
}
