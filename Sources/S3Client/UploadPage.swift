package import Model

/// One page of a bucket's open multipart uploads.
package struct UploadPage: Sendable, Hashable {
    /// An upload that was neither completed nor aborted.
    package struct Upload: Sendable, Hashable {
        /// Raw bytes.
        package var key: [UInt8]
        package var uploadID: UploadID
        package var initiated: Timestamp?
    }

    /// Where the next page begins.
    package struct Marker: Sendable, Hashable {
        /// Raw bytes.
        package var key: [UInt8]
        package var uploadID: UploadID

        var uploadIDBytes: [UInt8] { Array(uploadID.rawValue.utf8) }
    }

    package let uploads: [Upload]
    /// Nil when this is the last page.
    package let nextMarker: Marker?
    /// The store's time of day when it answered, to the second; nil when it did not say.
    package let storeTime: Timestamp?

    /// Nil when the body is no list of uploads.
    init?(document body: [UInt8], date: String? = nil) {
        storeTime = date.flatMap { Timestamp(httpDate: $0) }
        let reader = Reader()
        guard XMLScanner.scan(body, into: reader), reader.hasRoot, !reader.isBroken else { return nil }
        let isEncoded = reader.isEncoded
        uploads = reader.uploads.map { upload in
            var upload = upload
            upload.key = ListedText.decode(upload.key, isEncoded: isEncoded)
            return upload
        }
        nextMarker =
            reader.isTruncated
            ? Marker(key: ListedText.decode(reader.marker.key, isEncoded: isEncoded), uploadID: reader.marker.uploadID)
            : nil
        if let nextMarker, nextMarker.key.isEmpty { return nil }
    }

    private final class Reader: XMLElementReceiver {
        var hasRoot = false
        var isBroken = false
        var isEncoded = false
        var isTruncated = false
        var marker = Marker(key: [], uploadID: UploadID(""))
        var uploads: [Upload] = []
        private var current = Upload(key: [], uploadID: UploadID(""))

        func started(_ name: String, parent: String) {
            if parent.isEmpty { hasRoot = name == "ListMultipartUploadsResult" }
            if name == "Upload" { current = Upload(key: [], uploadID: UploadID("")) }
        }

        func ended(_ name: String, parent: String, text: [UInt8]) {
            let value = String(decoding: text, as: UTF8.self)
            switch (parent, name) {
            case ("Upload", "Key"): current.key = text
            case ("Upload", "UploadId"): current.uploadID = UploadID(value)
            case ("Upload", "Initiated"): current.initiated = Timestamp(iso8601: text)
            case ("ListMultipartUploadsResult", "Upload"):
                isBroken = isBroken || current.key.isEmpty || current.uploadID.rawValue.isEmpty
                uploads.append(current)
            case ("ListMultipartUploadsResult", "EncodingType"): isEncoded = value == "url"
            case ("ListMultipartUploadsResult", "IsTruncated"): isTruncated = value == "true"
            case ("ListMultipartUploadsResult", "NextKeyMarker"): marker.key = text
            case ("ListMultipartUploadsResult", "NextUploadIdMarker"): marker.uploadID = UploadID(value)
            default: break
            }
        }
    }
}
