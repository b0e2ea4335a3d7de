import CCurl

extension EasyHandle {
    /// What libcurl's result means. The transfer is over and the handle's state not yet cleared.
    func outcome(_ result: CURLcode, now: Int64) -> Outcome {
        let state = unsafe transfer.pointee
        let sent = unsafe Int(ccurl_info_offset(easy, CURLINFO_SIZE_UPLOAD_T))
        if let progress = unsafe state.progress { unsafe ccurl_progress_set(progress, Int64(sent), state.received) }
        let isCut = unsafe transfer.pointee.fault == ccurl_fault(ccurl_fault_cut)
        guard result == CURLE_OK || isCut else { return .failure(failure(result)) }
        guard unsafe state.is_complete else { return .failure(failure(CURLE_PARTIAL_FILE)) }
        return unsafe .success(
            Reply(
                status: Int(state.status), headers: ReplyHeaders(block: Array(state.block)), body: Array(state.reply),
                bytesSent: sent, bytesReceived: Int(state.received), reusedConnection: isReused,
                duration: .nanoseconds(now - (pending?.startedAt ?? now))))
    }

    /// The error for a transfer that libcurl or one of its callbacks ended.
    func failure(_ result: CURLcode) -> TransportError {
        let (code, ownMessage) = cause(of: result)
        let systemError =
            unsafe transfer.pointee.fault_errno != 0
            ? Int(transfer.pointee.fault_errno) : code.isOfTheNetwork ? ccurl_info_long(easy, CURLINFO_OS_ERRNO) : 0
        return error(code, curlCode: Int(result.rawValue), errno: systemError, message: ownMessage ?? message(result))
    }

    /// The error for a transfer that the loop ends.
    func error(_ code: TransportError.Code, curlCode: Int = 0, errno: Int = 0, message: String) -> TransportError {
        unsafe TransportError(
            code: code, curlCode: curlCode, errno: errno, reusedConnection: isReused,
            bytesSent: Int(ccurl_info_offset(easy, CURLINFO_SIZE_UPLOAD_T)), message: message)
    }

    /// A connection was there and none was opened. A request that libcurl was about to repeat had a reused one.
    private var isReused: Bool {
        unsafe transfer.pointee.requests > 0
            && (transfer.pointee.fault == ccurl_fault(ccurl_fault_repeated)
                || ccurl_info_long(easy, CURLINFO_NUM_CONNECTS) == 0)
    }

    private func cause(of result: CURLcode) -> (TransportError.Code, message: String?) {
        switch unsafe Int(transfer.pointee.fault) {
        case ccurl_fault_source: (.sourceRead, "the body's file cannot be read")
        case ccurl_fault_source_ended: (.sourceRead, "the body's file ended before the announced size")
        case ccurl_fault_sink: (.sinkWrite, "the reply cannot be written")
        case ccurl_fault_too_large: (.tooLarge, "the reply is longer than its limit")
        case ccurl_fault_repeated: (.reset, "the reused connection ended before a reply")
        case ccurl_fault_address: (.refusedAddress, "the host has no address that may be connected to")
        // What answered speaks no HTTP/1.
        default:
            unsafe transfer.pointee.requests > 0 && result == CURLE_UNSUPPORTED_PROTOCOL
                ? (.other, nil) : (TransportError.Code(result), nil)
        }
    }

    /// libcurl's own words, cut where a query string could begin.
    private func message(_ result: CURLcode) -> String {
        let detail = unsafe String(cString: ccurl_transfer_message(transfer))
        let text = unsafe detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        return String(text.prefix { $0 != "?" })
    }
}

extension TransportError.Code {
    /// From libcurl's code alone (libcurl-errors manual page).
    fileprivate init(_ result: CURLcode) {
        self =
            switch result {
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_LOGIN_DENIED:
                .invalidRequest
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
            // Only connecting has a limit of libcurl's; the loop keeps the others.
            case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED, CURLE_OPERATION_TIMEDOUT: .connect
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ENGINE_NOTFOUND,
                CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED,
                CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_SHUTDOWN_FAILED,
                CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
                CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
                .tls
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND: .reset
            case CURLE_PARTIAL_FILE: .truncated
            case CURLE_READ_ERROR: .sourceRead
            case CURLE_WRITE_ERROR: .sinkWrite
            default: .other
            }
    }

    fileprivate var isOfTheNetwork: Bool {
        switch self {
        case .connect, .tls, .reset, .truncated, .timeout: true
        default: false
        }
    }
}

extension [UInt8] {
    /// A copy.
    fileprivate init(_ buffer: ccurl_buffer) {
        unsafe self.init(UnsafeBufferPointer(start: buffer.bytes, count: buffer.count))
    }
}
