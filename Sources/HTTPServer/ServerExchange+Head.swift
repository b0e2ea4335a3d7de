import CMicrohttpd
import HTTPTypes

/// From libmicrohttpd's request to ours.
extension ServerExchange {
    /// A head, and what is wrong with it if it must not be served.
    struct HeadReading {
        var request: HTTPRequest
        var framing = RequestFraming()
        var fault: HTTPResponse.Status?
    }

    /// Reads the head, on libmicrohttpd's thread.
    ///
    /// The `Host` field becomes `authority` and stays among the fields. A target in absolute form (RFC 9112, section 3.2.2)
    /// is taken apart into `authority` and `path`.
    ///
    /// libmicrohttpd's strict mode is off, because 0.9.75 then sends the head of its own answer twice to a request without
    /// `Host`; so what it would check is checked here.
    func readHead(method: String, version: String) -> HeadReading {
        let known = HTTPRequest.Method(method)
        var reading = HeadReading(
            request: HTTPRequest(method: known ?? .get, scheme: "http", authority: nil, path: target))
        if known == nil || target.contains(" ") { reading.fault = .badRequest }
        isHead = known == .head
        unsafe withUnsafeMutablePointer(to: &reading) { reading in
            _ = unsafe MHD_get_connection_values_n(
                pointer, .HEADER_KIND,
                { context, _, name, nameSize, value, valueSize in
                    let reading = unsafe context?.assumingMemoryBound(to: HeadReading.self)
                    unsafe reading?.pointee.add(
                        name: UnsafeRawBufferPointer(start: name, count: nameSize),
                        value: UnsafeRawBufferPointer(start: value, count: valueSize))
                    return .YES
                }, reading)
        }
        reading.conclude(version: version)
        if unsafe cmhd_header_size(pointer) > connection.context.configuration.maximumHeaderBytes {
            reading.fault = .requestHeaderFieldsTooLarge
        }
        return reading
    }
}

extension ServerExchange.HeadReading {
    fileprivate mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        guard let name = unsafe HTTPField.Name(String(decoding: name, as: UTF8.self)) else {
            fault = .badRequest
            return
        }
        // libmicrohttpd strips what is before a value, not what is after it.
        var end = value.count
        while end > 0, unsafe value[end - 1] == UInt8(ascii: " ") || value[end - 1] == UInt8(ascii: "\t") { end -= 1 }
        let field = unsafe HTTPField(name: name, lenientValue: value[..<end])
        request.headerFields.append(field)
        framing.note(field)
    }

    fileprivate mutating func conclude(version: String) {
        framing.conclude(isHostRequired: version != "HTTP/1.0")
        fault = fault ?? framing.fault
        request.authority = framing.host
        guard let path = request.path, !path.hasPrefix("/"), let scheme = path.firstRange(of: "://") else { return }
        let rest = path[scheme.upperBound...]
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        request.authority = String(rest[..<slash])
        request.path = rest[slash...].hasPrefix("/") ? String(rest[slash...]) : "/" + rest[slash...]
    }
}
