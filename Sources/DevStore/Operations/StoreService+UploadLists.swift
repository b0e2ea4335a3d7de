import Checksums
import Model

extension StoreService {
    func listParts(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        let id = request.query["uploadId"] ?? ""
        let upload = try store.read { state throws(S3Failure) in try state.upload(id, request) }
        let marker = try request.query.number("part-number-marker") ?? 0
        let maximum = min(try request.query.number("max-parts") ?? StoreLimits.pageEntries, StoreLimits.pageEntries)
        let rest = upload.parts.keys.filter { $0 > marker }.sorted()
        let numbers = rest.prefix(maximum)
        let isTruncated = rest.count > numbers.count
        var writer = XMLWriter()
        writer.element("ListPartsResult", namespace: true) { result in
            result.element("Bucket", request.bucket)
            result.element("Key", bytes: request.key.bytes)
            result.element("UploadId", id)
            result.element("StorageClass", upload.attributes.storageClass ?? "STANDARD")
            result.element("PartNumberMarker", "\(marker)")
            if isTruncated { result.element("NextPartNumberMarker", "\(numbers.last ?? marker)") }
            result.element("MaxParts", "\(maximum)")
            result.element("IsTruncated", isTruncated ? "true" : "false")
            if let kind = upload.kind {
                result.element("ChecksumAlgorithm", kind.rawValue.uppercased())
                result.element("ChecksumType", upload.checksumForm?.rawValue ?? "")
            }
            for number in numbers {
                guard let part = upload.parts[number] else { continue }
                result.element("Part") { element in
                    element.element("PartNumber", "\(number)")
                    element.element("LastModified", part.modified.description)
                    element.element("ETag", part.quotedETag)
                    element.element("Size", "\(part.sizeInBytes)")
                    if let kind = upload.kind, let value = part.checksum {
                        element.element("Checksum\(kind.rawValue.uppercased())", Base64.encode(value))
                    }
                }
            }
        }
        return StoreAnswer(xml: writer.bytes)
    }

    func listUploads(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        try checkBucket(request.bucket)
        let query = request.query
        let uploads = store.snapshot { state in
            state.uploads.filter { $0.value.bucket == request.bucket }.map {
                UploadListing.Item(id: $0.key, record: $0.value)
            }
        }
        let listing = UploadListing(
            prefix: query.bytes("prefix") ?? [], delimiter: query.bytes("delimiter") ?? [],
            keyMarker: query.bytes("key-marker") ?? [], idMarker: query["upload-id-marker"] ?? "",
            maximum: min(try query.number("max-uploads") ?? StoreLimits.pageEntries, StoreLimits.pageEntries))
        let page = listing.page(of: uploads)
        return StoreAnswer(
            xml: listing.document(page, bucket: request.bucket, encodesNames: try ListingQuery.encodesNames(query)))
    }
}
