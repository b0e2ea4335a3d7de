/// One request in the form that is hashed and signed ("Create a signed AWS API request", step 1).
package struct CanonicalRequest: Sendable {
    /// `GET`, `PUT`, ...
    package let method: String
    /// The path as it is sent: encoded by `URIEncoding.path`, beginning with a slash.
    package let path: [UInt8]
    /// The query as it is sent: names and values encoded, sorted, every name followed by `=`; empty for none.
    package let query: [UInt8]
    package let headers: CanonicalHeaders
    /// The value of `x-amz-content-sha256`.
    package let payloadHash: [UInt8]

    package init(
        method: String, path: [UInt8], query: [UInt8] = [], headers: CanonicalHeaders, payloadHash: [UInt8]
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.payloadHash = payloadHash
    }

    /// The text itself.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            method.utf8.count + path.count + query.count + headers.lines.count + headers.names.count
                + payloadHash.count + 5)
        bytes.append(contentsOf: method.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: path)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: query)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: headers.lines)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: headers.names)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: payloadHash)
        return bytes
    }
}
