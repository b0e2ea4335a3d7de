import CurlTransport
import SigV4

/// Turns a request into a signed exchange: one per attempt, since a signature is good for its minutes only.
///
/// Header lines and canonical headers grow side by side in the order of the names, so nothing is sorted here.
struct RequestAssembler {
    private var canonical = CanonicalHeaders()
    private var lines = HeaderLines(reservingBytes: 896)

    /// - Parameter freshConnection: see `Exchange.freshConnection`.
    static func assemble(
        _ request: S3Request, at endpoint: BucketEndpoint, store: StoreConfiguration, signer: RequestSigner,
        time: SigningTime, freshConnection: Bool
    ) -> Exchange {
        var path = endpoint.pathPrefix
        path.reserveCapacity(path.count + request.key.count + 16)
        URIEncoding.appendPath(request.key, to: &path)
        var assembler = RequestAssembler()
        assembler.addHeaders(of: request, host: endpoint.host, credentials: signer.credentials, time: time)
        let canonical = CanonicalRequest(
            method: request.method.name, path: path, query: request.query, headers: assembler.canonical,
            payloadHash: request.payloadHash)
        assembler.lines.append(name: "authorization", value: signer.authorization(for: canonical, at: time))
        var exchange = Exchange(
            method: request.method, url: url(endpoint.origin, path, request.query), headers: assembler.lines,
            body: request.body, sink: request.sink, progress: request.options.progress?.exchange,
            maximumBytesPerSecond: request.options.maximumBytesPerSecond, connectTimeout: store.connectTimeout,
            responseTimeout: request.operation.mayFailInside200
                ? max(store.responseTimeout, S3Request.patientTimeout) : store.responseTimeout,
            freshConnection: freshConnection)
        // These send a space now and then while they work.
        if request.operation.mayFailInside200 { exchange.slowestBytesPerSecond = 0 }
        return exchange
    }

    private static func url(_ origin: [UInt8], _ path: [UInt8], _ query: [UInt8]) -> [UInt8] {
        var url: [UInt8] = []
        url.reserveCapacity(origin.count + path.count + query.count + 1)
        url.append(contentsOf: origin)
        url.append(contentsOf: path)
        if !query.isEmpty {
            url.append(UInt8(ascii: "?"))
            url.append(contentsOf: query)
        }
        return url
    }

    /// The request's own headers with those of every request between them. `host` is signed and not added: libcurl sends
    /// the same one.
    private mutating func addHeaders(
        of request: S3Request, host: String, credentials: Credentials, time: SigningTime
    ) {
        var next = request.headers[...]
        addHeaders(below: "host", from: &next)
        canonical.append("host", host)
        addHeaders(below: "x-amz-content-sha256", from: &next)
        canonical.append("x-amz-content-sha256", request.payloadHash)
        lines.append(name: "x-amz-content-sha256", value: request.payloadHash)
        addHeaders(below: "x-amz-date", from: &next)
        let date = time.basicFormat
        canonical.append("x-amz-date", date)
        lines.append(name: "x-amz-date", value: date)
        if let token = credentials.sessionToken {
            addHeaders(below: "x-amz-security-token", from: &next)
            canonical.append("x-amz-security-token", token.bytes)
            lines.append(name: "x-amz-security-token", value: token.bytes)
        }
        addHeaders(below: nil, from: &next)
    }

    private mutating func addHeaders(below name: String?, from headers: inout ArraySlice<Header>) {
        while let header = headers.first {
            if let name, header.name > name { return }
            canonical.append(header.name, header.value)
            lines.append(name: header.name, value: header.value)
            headers.removeFirst()
        }
    }
}

extension Exchange.Method {
    /// As the request line has it.
    fileprivate var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .put: "PUT"
        case .post: "POST"
        case .patch: "PATCH"
        case .delete: "DELETE"
        }
    }
}
