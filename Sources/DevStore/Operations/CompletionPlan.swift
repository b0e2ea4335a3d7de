import Checksums

/// What CompleteMultipartUpload asks for, and whether S3 would do it. Pure: from the request's document and the parts
/// that are there to the object.
struct CompletionPlan: Sendable {
    struct ListedPart: Sendable {
        var number: Int
        var etag: String
        /// By the element's name without `Checksum`, lower-case.
        var checksums: [String: String]
    }

    let listed: [ListedPart]
    let parts: [PartRecord]
    let upload: UploadRecord

    /// - Throws: MalformedXML, InvalidPart, InvalidPartOrder, EntityTooSmall or InvalidRequest.
    init(document: XMLElement, upload: UploadRecord, limits: StoreLimits) throws(S3Failure) {
        self.upload = upload
        listed = try Self.listedParts(document)
        var parts: [PartRecord] = []
        var last = 0
        for (index, item) in listed.enumerated() {
            guard item.number > last else { throw S3Failure(.invalidPartOrder) }
            if upload.kind != nil, item.number != index + 1 { throw S3Failure(.invalidPartOrder) }
            last = item.number
            parts.append(try Self.part(item, of: upload))
        }
        self.parts = parts
        for (item, part) in zip(listed, parts).dropLast() where part.sizeInBytes < limits.partInBytes {
            throw S3Failure(
                .entityTooSmall,
                details: [
                    .init(name: "ProposedSize", value: "\(part.sizeInBytes)"),
                    .init(name: "MinSizeAllowed", value: "\(limits.partInBytes)"),
                    .init(name: "PartNumber", value: "\(item.number)"), .init(name: "ETag", value: part.etag),
                ])
        }
        guard sizeInBytes <= limits.objectInBytes else { throw S3Failure(.entityTooLarge) }
    }

    var sizeInBytes: Int64 { parts.reduce(0) { $0 + $1.sizeInBytes } }

    /// MD5 of the parts' MD5s, a dash and their number; nil when a part's ETag is no MD5.
    var etag: String? {
        var digests: [UInt8] = []
        for part in parts {
            guard let digest = Hex.decode(part.etag) else { return nil }
            digests.append(contentsOf: digest)
        }
        return Hex.encode(MD5.hash(digests)) + "-\(parts.count)"
    }

    /// The bytes as one range, when the parts lie behind one another already.
    var contiguousExtent: DataExtent? {
        guard var extent = parts.first?.extent else { return nil }
        for part in parts.dropFirst() where part.sizeInBytes > 0 {
            if extent.count == 0 {
                extent = part.extent
                continue
            }
            guard part.extent.file == extent.file, part.extent.offset == extent.offset + extent.count else {
                return nil
            }
            extent.count += part.extent.count
        }
        return extent
    }

    /// The object's checksum, combined from the parts'; nil when they have none.
    var checksum: ObjectChecksum? {
        let kind = upload.kind ?? .crc64nvme
        let values = parts.compactMap { part in part.checksum.map { (part.sizeInBytes, $0) } }
        guard values.count == parts.count else { return nil }
        guard upload.kind != nil, upload.checksumForm == .composite else {
            return ObjectChecksum(kind: kind, form: .full, value: Self.combined(kind, values))
        }
        var hasher = Checksums.Hasher(ChecksumKinds(kind))
        for (_, value) in values { hasher.update(value) }
        return ObjectChecksum(
            kind: kind, form: .composite, value: hasher.finalize()[kind] ?? [], partCount: parts.count)
    }

    /// What the request's own headers say of the whole object.
    ///
    /// - Throws: InvalidRequest for a wrong `x-amz-mp-object-size` or checksum type, BadDigest for a wrong checksum.
    func check(_ headers: RequestHeaders) throws(S3Failure) {
        if let text = headers["x-amz-mp-object-size"] {
            guard Int64(text) == sizeInBytes else {
                throw S3Failure(
                    .invalidRequest,
                    "The provided 'x-amz-mp-object-size' header value \(text) does not match what was computed: "
                        + "\(sizeInBytes)")
            }
        }
        if let form = headers["x-amz-checksum-type"], let expected = upload.checksumForm, form != expected.rawValue {
            throw S3Failure(
                .invalidRequest,
                "The upload was created using the \(expected.rawValue) checksum mode. The complete request must use the "
                    + "same checksum mode.")
        }
        for (name, kind) in PayloadRules.checksumHeaders {
            guard let text = headers[name] else { continue }
            guard let checksum, checksum.kind == kind else {
                throw S3Failure(.invalidRequest, "The upload was not created using the \(kind.rawValue) checksum.")
            }
            // A composite may be written with or without its count.
            guard text == checksum.text || text == Base64.encode(checksum.value) else {
                throw S3Failure(
                    .badDigest, "The \(kind.rawValue) you specified did not match the calculated checksum.")
            }
        }
    }

    private static func listedParts(_ document: XMLElement) throws(S3Failure) -> [ListedPart] {
        let elements = document.all("Part")
        guard !elements.isEmpty, elements.count <= StoreLimits.lastPartNumber else { throw S3Failure(.malformedXML) }
        var parts: [ListedPart] = []
        for element in elements {
            guard let number = element.string("PartNumber").flatMap({ Int($0) }),
                let etag = element.string("ETag"), (1...StoreLimits.lastPartNumber).contains(number)
            else { throw S3Failure(.malformedXML) }
            var part = ListedPart(number: number, etag: etag.filter { $0 != "\"" }, checksums: [:])
            for child in element.children where child.name.hasPrefix("Checksum") {
                part.checksums[child.name.dropFirst(8).lowercased()] = child.trimmed
            }
            parts.append(part)
        }
        return parts
    }

    private static func part(_ item: ListedPart, of upload: UploadRecord) throws(S3Failure) -> PartRecord {
        let details: [S3Failure.Detail] = [
            .init(name: "PartNumber", value: "\(item.number)"), .init(name: "ETag", value: item.etag),
        ]
        guard let part = upload.parts[item.number], part.etag == item.etag else {
            throw S3Failure(.invalidPart, details: details)
        }
        guard let kind = upload.kind else { return part }
        let given = item.checksums[kind.rawValue]
        guard given != nil || upload.checksumForm == .full else {
            throw S3Failure(
                .invalidRequest,
                "The upload was created using a \(kind.rawValue) checksum. The complete request must include the checksum "
                    + "for each part. It was missing for part \(item.number) in the request.")
        }
        if let given, Base64.decode(given.utf8) != part.checksum { throw S3Failure(.invalidPart, details: details) }
        return part
    }

    private static func combined(_ kind: ChecksumKind, _ values: [(size: Int64, value: [UInt8])]) -> [UInt8] {
        switch kind {
        case .crc64nvme:
            values.reduce(UInt64(0)) { CRC64NVME.combine($0, number($1.value), lengthOfB: Int($1.size)) }.bigEndianBytes
        case .crc32c:
            values.reduce(UInt32(0)) {
                CRC32C.combine($0, UInt32(number($1.value)), lengthOfB: Int($1.size))
            }.bigEndianBytes
        default:
            values.reduce(UInt32(0)) {
                CRC32.combine($0, UInt32(number($1.value)), lengthOfB: Int($1.size))
            }.bigEndianBytes
        }
    }

    private static func number(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
