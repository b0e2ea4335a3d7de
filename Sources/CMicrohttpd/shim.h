#pragma once
#include <microhttpd.h>
#include <sys/eventfd.h>

/// Starts a daemon with an array of options, ended by MHD_OPTION_END. MHD_start_daemon is variadic, which Swift does
/// not import.
static inline struct MHD_Daemon *_Nullable cmhd_start_daemon(
    unsigned int flags, MHD_AccessHandlerCallback _Nonnull handler, void *_Nullable context,
    struct MHD_OptionItem *_Nonnull options)
{
    return MHD_start_daemon(flags, 0, NULL, NULL, handler, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/// A connection's socket, or -1. MHD_get_connection_info is variadic, which Swift does not import.
static inline int cmhd_socket(struct MHD_Connection *_Nonnull connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

/// What the notify callback stored for a connection. MHD_get_connection_info is variadic, which Swift does not import.
static inline void *_Nullable cmhd_socket_context(struct MHD_Connection *_Nonnull connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/// The size of a request's head in bytes, once it is complete. MHD_get_connection_info is variadic, which Swift does
/// not import.
static inline size_t cmhd_header_size(struct MHD_Connection *_Nonnull connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL ? 0 : info->header_size;
}

/// Makes a response end with its connection, as in HTTP/1.0. MHD_set_response_options is variadic, which Swift does not
/// import.
static inline void cmhd_close_delimited(struct MHD_Response *_Nonnull response)
{
    MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}
