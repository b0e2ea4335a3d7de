package import Model

/// One page of an upload's stored parts.
package struct PartPage: Sendable, Hashable {
    /// A part as the store has it.
    package struct Part: Sendable, Hashable {
        package var number: PartNumber
        package var sizeInBytes: Int64
        package var etag: ETag
        package var checksum: Checksum?

        package init(number: PartNumber, sizeInBytes: Int64, etag: ETag, checksum: Checksum? = nil) {
            self.number = number
            self.sizeInBytes = sizeInBytes
            self.etag = etag
            self.checksum = checksum
        }
    }

    package let parts: [Part]
    /// Where the next page begins; nil when this is the last.
    package let nextMarker: PartNumber?

    /// Nil when the body is no list of parts.
    init?(document body: [UInt8]) {
        let reader = Reader()
        guard XMLScanner.scan(body, into: reader, repairing: true), reader.hasRoot, !reader.isBroken else { return nil }
        parts = reader.parts
        nextMarker = reader.isTruncated ? reader.marker ?? reader.parts.last?.number : nil
    }

    private final class Reader: XMLElementReceiver {
        /// The second is moto's word for it.
        private static let roots: Set<String> = ["ListPartsResult", "ListPartsResponse"]

        var hasRoot = false
        var isBroken = false
        var isTruncated = false
        var marker: PartNumber?
        var parts: [Part] = []
        private var values: [String: String] = [:]

        func started(_ name: String, parent: String) {
            if parent.isEmpty { hasRoot = Self.roots.contains(name) }
            if name == "Part" { values = [:] }
        }

        func ended(_ name: String, parent: String, text: [UInt8]) {
            let value = String(decoding: text, as: UTF8.self)
            if parent == "Part" { values[name] = value }
            guard Self.roots.contains(parent) else { return }
            switch name {
            case "Part": endPart()
            case "IsTruncated": isTruncated = value == "true"
            case "NextPartNumberMarker": marker = Int(value).map { PartNumber($0) }
            default: break
            }
        }

        private func endPart() {
            guard let number = values["PartNumber"].flatMap({ Int($0) }),
                let size = values["Size"].flatMap({ Int64($0) }), let etag = values["ETag"]
            else {
                isBroken = true
                return
            }
            parts.append(
                Part(
                    number: PartNumber(number), sizeInBytes: size, etag: ETag(quoted: etag),
                    checksum: ResultDocument.checksum(values)))
        }
    }
}
