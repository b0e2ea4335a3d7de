import Checksums
import Model

/// One page of ListMultipartUploads: ordered by key, and for one key by the time of creation.
struct UploadListing: Sendable {
    struct Item: Sendable {
        var id: String
        var record: UploadRecord
    }

    struct Page: Sendable {
        var items: [Item] = []
        var commonPrefixes: [[UInt8]] = []
        var isTruncated = false
        /// Where the next page goes on.
        var last: (key: [UInt8], id: String)?
    }

    var prefix: [UInt8]
    var delimiter: [UInt8]
    var keyMarker: [UInt8]
    /// Counts only together with a key marker.
    var idMarker: String
    var maximum: Int

    func page(of uploads: [Item]) -> Page {
        let ordered = uploads.filter { $0.record.key.bytes.starts(with: prefix) && isBehindMarker($0) }
            .sorted { ($0.record.key, $0.id) < ($1.record.key, $1.id) }
        var page = Page()
        for item in ordered {
            let key = item.record.key.bytes
            let rolled = commonPrefix(of: key)
            if let rolled, rolled == page.commonPrefixes.last || rolled == keyMarker { continue }
            guard page.items.count + page.commonPrefixes.count < maximum else {
                page.isTruncated = maximum > 0
                break
            }
            if let rolled {
                page.commonPrefixes.append(rolled)
                page.last = (rolled, "")
            } else {
                page.items.append(item)
                page.last = (key, item.id)
            }
        }
        return page
    }

    func document(_ page: Page, bucket: String, encodesNames: Bool) -> [UInt8] {
        func write(_ name: String, _ bytes: [UInt8], _ writer: inout XMLWriter) {
            if encodesNames {
                writer.element(name, PercentCoding.encodeForListing(bytes))
            } else {
                writer.element(name, bytes: bytes)
            }
        }
        var writer = XMLWriter()
        writer.element("ListMultipartUploadsResult", namespace: true) { result in
            result.element("Bucket", bucket)
            write("KeyMarker", keyMarker, &result)
            result.element("UploadIdMarker", idMarker)
            if page.isTruncated, let last = page.last {
                write("NextKeyMarker", last.key, &result)
                result.element("NextUploadIdMarker", last.id)
            }
            write("Prefix", prefix, &result)
            if !delimiter.isEmpty { write("Delimiter", delimiter, &result) }
            if encodesNames { result.element("EncodingType", "url") }
            result.element("MaxUploads", "\(maximum)")
            result.element("IsTruncated", page.isTruncated ? "true" : "false")
            for item in page.items {
                result.element("Upload") { upload in
                    write("Key", item.record.key.bytes, &upload)
                    upload.element("UploadId", item.id)
                    upload.element("StorageClass", item.record.attributes.storageClass ?? "STANDARD")
                    upload.element("Initiated", item.record.initiated.description)
                    if let kind = item.record.kind {
                        upload.element("ChecksumAlgorithm", kind.rawValue.uppercased())
                        upload.element("ChecksumType", item.record.checksumForm?.rawValue ?? "")
                    }
                }
            }
            for prefix in page.commonPrefixes {
                result.element("CommonPrefixes") { write("Prefix", prefix, &$0) }
            }
        }
        return writer.bytes
    }

    private func isBehindMarker(_ item: Item) -> Bool {
        guard !keyMarker.isEmpty else { return true }
        let marker = KeyBytes(keyMarker)
        if item.record.key == marker { return !idMarker.isEmpty && item.id > idMarker }
        return marker < item.record.key
    }

    private func commonPrefix(of key: [UInt8]) -> [UInt8]? {
        guard !delimiter.isEmpty, key.count >= prefix.count + delimiter.count else { return nil }
        for start in prefix.count...(key.count - delimiter.count)
        where key[start..<start + delimiter.count].elementsEqual(delimiter) {
            return Array(key[..<(start + delimiter.count)])
        }
        return nil
    }
}
