// libmicrohttpd, with fixed-arity wrappers of its variadic calls: Swift can't call those.
#pragma once
#include <microhttpd.h>

/// MHD_start_daemon(3) on a socket that listens already, with one context for all three callbacks.
static inline struct MHD_Daemon *shim_start(
    unsigned int flags, MHD_socket listener, size_t connection_memory, unsigned int connections,
    unsigned int idle_seconds, MHD_AccessHandlerCallback handler, MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback connection, void *context) {
  return MHD_start_daemon(
      flags, 0, NULL, NULL, handler, context, MHD_OPTION_LISTEN_SOCKET, listener,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory, MHD_OPTION_CONNECTION_LIMIT, connections,
      MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds, MHD_OPTION_STRICT_FOR_CLIENT, (int)1,
      MHD_OPTION_NOTIFY_COMPLETED, completed, context, MHD_OPTION_NOTIFY_CONNECTION, connection, context,
      MHD_OPTION_END);
}
/// MHD_CONNECTION_INFO_CONNECTION_FD.
static inline MHD_socket shim_socket(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}
