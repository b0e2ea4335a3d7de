import Checksums
import Model

extension StoreService {
    func listObjects(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        let query = try ListingQuery(request)
        guard let keys = store.orderedKeys(of: request.bucket) else {
            try checkBucket(request.bucket)
            throw S3Failure(.noSuchBucket)
        }
        let page = query.listing.page(of: keys)
        let records = store.snapshot { state in
            page.entries.map { entry -> ObjectRecord? in
                guard case .key(let key) = entry else { return nil }
                return state.buckets[request.bucket]?.objects[key]
            }
        }
        var writer = XMLWriter()
        writer.element("ListBucketResult", namespace: true) { result in
            query.writeHead(request.bucket, page, to: &result)
            for (entry, record) in zip(page.entries, records) {
                // An object that was removed since the page was cut is left out.
                guard case .key(let key) = entry, let record else { continue }
                result.element("Contents") { contents in
                    query.write("Key", key.bytes, to: &contents)
                    contents.element("LastModified", record.modified.description)
                    contents.element("ETag", record.quotedETag)
                    if let checksum = record.checksum {
                        contents.element("ChecksumAlgorithm", checksum.kind.rawValue.uppercased())
                        contents.element("ChecksumType", checksum.form.rawValue)
                    }
                    contents.element("Size", "\(record.sizeInBytes)")
                    contents.element("StorageClass", record.attributes.storageClass ?? "STANDARD")
                }
            }
            for case .commonPrefix(let prefix) in page.entries {
                result.element("CommonPrefixes") { query.write("Prefix", prefix, to: &$0) }
            }
        }
        return StoreAnswer(xml: writer.bytes)
    }
}
