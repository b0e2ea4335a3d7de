/// The query of ListObjects in both versions: what page is asked for, and how it is written.
struct ListingQuery: Sendable {
    let listing: Listing
    private let isVersion2: Bool
    private let encodesNames: Bool
    private let marker: [UInt8]
    private let token: String?
    private let startAfter: [UInt8]?

    /// - Throws: InvalidArgument.
    init(_ request: S3Request) throws(S3Failure) {
        let query = request.query
        isVersion2 = request.operation == .listObjectsV2
        encodesNames = try Self.encodesNames(query)
        var listing = Listing()
        listing.prefix = query.bytes("prefix") ?? []
        listing.delimiter = query.bytes("delimiter") ?? []
        listing.maximum = min(try query.number("max-keys") ?? StoreLimits.pageEntries, StoreLimits.pageEntries)
        marker = query.bytes("marker") ?? []
        token = isVersion2 ? query["continuation-token"] : nil
        startAfter = isVersion2 ? query.bytes("start-after") : nil
        if let token {
            guard let bytes = Hex.decode(token), !bytes.isEmpty else {
                throw S3Failure(.invalidArgument, "The continuation token provided is incorrect")
            }
            listing.after = bytes
        } else if isVersion2 {
            listing.after = startAfter
        } else if !marker.isEmpty {
            listing.after = marker
        }
        self.listing = listing
    }

    static func encodesNames(_ query: QueryItems) throws(S3Failure) -> Bool {
        guard let encoding = query["encoding-type"] else { return false }
        guard encoding == "url" else {
            throw S3Failure(.invalidArgument, "Invalid Encoding Method specified in Request")
        }
        return true
    }

    func write(_ name: String, _ bytes: [UInt8], to writer: inout XMLWriter) {
        if encodesNames {
            writer.element(name, PercentCoding.encodeForListing(bytes))
        } else {
            writer.element(name, bytes: bytes)
        }
    }

    func writeHead(_ bucket: String, _ page: Listing.Page, to writer: inout XMLWriter) {
        writer.element("Name", bucket)
        write("Prefix", listing.prefix, to: &writer)
        if !listing.delimiter.isEmpty { write("Delimiter", listing.delimiter, to: &writer) }
        writer.element("MaxKeys", "\(listing.maximum)")
        if encodesNames { writer.element("EncodingType", "url") }
        writer.element("IsTruncated", page.isTruncated ? "true" : "false")
        let last = page.isTruncated ? page.entries.last?.bytes : nil
        if isVersion2 {
            writer.element("KeyCount", "\(page.entries.count)")
            if let token { writer.element("ContinuationToken", token) }
            if let last { writer.element("NextContinuationToken", Hex.encode(last)) }
            if let startAfter { write("StartAfter", startAfter, to: &writer) }
        } else {
            write("Marker", marker, to: &writer)
            // S3 tells the next marker only where it may be no key; elsewhere it is the last key.
            if let last, !listing.delimiter.isEmpty { write("NextMarker", last, to: &writer) }
        }
    }
}
