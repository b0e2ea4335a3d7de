extension Exchange {
    /// Of the body; nil without one.
    var bodySizeInBytes: Int64? {
        switch body {
        case .none: nil
        case .bytes(let bytes): Int64(bytes.count)
        case .file(let file): file.sizeInBytes
        }
    }

    /// Why this cannot be sent, or nil. libcurl would send some of it, broken.
    var fault: TransportError? {
        if !headers.isWellFormed { return .invalid("a header field holds a control character or has no name") }
        if !hasSendableURL { return .invalid("the URL is not absolute http(s) in visible ASCII") }
        if method == .get || method == .head, bodySizeInBytes != nil { return .invalid("GET and HEAD have no body") }
        if case .file(let file) = body, file.descriptor < 0 || file.offsetInBytes < 0 || file.sizeInBytes < 0 {
            return .invalid("the body's descriptor, offset or size is negative")
        }
        return nil
    }

    private var hasSendableURL: Bool {
        let isHTTP = url.starts(with: "http://".utf8) || url.starts(with: "https://".utf8)
        return isHTTP && url.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
    }
}

extension TransportError {
    fileprivate static func invalid(_ message: String) -> TransportError {
        TransportError(code: .invalidRequest, message: message)
    }
}
