import CCurl

extension EasyHandle {
    /// The options that no exchange changes. FACTS: what each is for was measured with libcurl 7.88.1.
    func setConstants(in loop: MultiLoop) {
        let configuration = loop.configuration
        unsafe ccurl_transfer_attach(easy, transfer)
        loop.watchSockets(of: self)
        _ = unsafe ccurl_set_pointer(easy, CURLOPT_SHARE, loop.multi.share)
        // Parallel parts must not share one TCP connection, which HTTP/2 would make them do.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_NOSIGNAL, 1)
        // `..` belongs to keys.
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // Removing a handle must not wait for the resolver's thread.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_EXPECT_100_TIMEOUT_MS, configuration.consentTimeout.milliseconds)
        set(CURLOPT_UPLOAD_BUFFERSIZE, min(max(configuration.uploadBufferInBytes, 16 << 10), 2 << 20))
        set(CURLOPT_MAXAGE_CONN, max(1, configuration.maximumConnectionAge.milliseconds / 1_000))
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_USERAGENT, configuration.userAgent)
        // Empty: no proxy, not even the environment's.
        set(CURLOPT_PROXY, configuration.proxy ?? "")
        if let caFile = configuration.caFile { set(CURLOPT_CAINFO, caFile) }
        if let path = configuration.socketPath { set(CURLOPT_UNIX_SOCKET_PATH, path) }
        if let connectTo = unsafe loop.connectTo {
            _ = unsafe ccurl_set_pointer(easy, CURLOPT_CONNECT_TO, connectTo)
        }
    }

    private func set(_ option: CURLoption, _ value: String) {
        _ = unsafe ccurl_set_string(easy, option, value)
    }
}
