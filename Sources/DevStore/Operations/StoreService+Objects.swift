import Checksums
import HTTPServer
import HTTPTypes

extension StoreService {
    func putObject(_ request: S3Request, _ payload: Payload) throws(S3Failure) -> StoreAnswer {
        let attributes = try ObjectAttributes(request.headers)
        let record = ObjectRecord(
            extent: payload.extent, etag: etag(of: payload.digests), modified: now, attributes: attributes,
            checksum: fullChecksum(of: payload, chosen: payload.verified?.kind))
        let conditions = Conditions(request.headers)
        try store.commit([.putObject(bucket: request.bucket, key: request.key, record: record)]) {
            state throws(S3Failure) in
            guard state.buckets[request.bucket] != nil else { throw S3Failure(.noSuchBucket) }
            try conditions.checkWrite(over: state.buckets[request.bucket]?.objects[request.key])
        }
        var answer = StoreAnswer()
        answer.setETag(record.etag)
        answer.setChecksum(record.checksum)
        attributes.echoEncryption(in: &answer)
        return answer
    }

    func getObject(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        let isHead = request.operation == .headObject
        let found =
            try isHead
            ? (store.read { state throws(S3Failure) in try state.object(request) }, nil)
            : store.openForReading { state throws(S3Failure) in try state.object(request) }
        var open = OpenDescriptor(found.1)
        let record = found.0
        try Conditions(request.headers).checkRead(record, notModified: true)
        let selection = try ObjectSelection(request, record)
        var answer = StoreAnswer(status: selection.isPartial ? 206 : 200)
        record.attributes.show(in: &answer, overrides: request.query)
        answer.setETag(record.etag)
        answer.fields[.lastModified] = record.modified.httpDate
        answer.fields[.acceptRanges] = "bytes"
        if selection.isPartial {
            let bytes = selection.bytes
            answer.fields[.contentRange] =
                bytes.isEmpty
                ? "bytes */\(record.sizeInBytes)"
                : "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(record.sizeInBytes)"
        }
        if selection.partNumber != nil, !record.partSizes.isEmpty {
            answer.set("x-amz-mp-parts-count", "\(record.partSizes.count)")
        }
        if request.headers["x-amz-checksum-mode"]?.uppercased() == "ENABLED", !selection.isPartial {
            answer.setChecksum(record.checksum)
        }
        let count = Int64(selection.bytes.count)
        if isHead {
            answer.fields[.contentLength] = "\(count)"
        } else if count > 0 {
            answer.objectBytes = count
            answer.body = try body(of: record, from: selection.bytes.lowerBound, count: count, &open)
        }
        return answer
    }

    func deleteObject(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        let conditions = Conditions(request.headers)
        try store.commit([.removeObject(bucket: request.bucket, key: request.key)]) { state throws(S3Failure) in
            if state.buckets[request.bucket] == nil { _ = try state.bucket(request.bucket) }
            let record = state.buckets[request.bucket]?.objects[request.key]
            if request.headers["if-match"] != nil { try conditions.checkWrite(over: record) }
        }
        return StoreAnswer(status: 204)
    }

    func deleteObjects(
        _ request: S3Request, _ rules: PayloadRules, _ payload: Payload
    ) throws(S3Failure) -> StoreAnswer {
        guard rules.contentMD5 != nil || payload.verified != nil else {
            throw S3Failure(
                .invalidRequest, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
        }
        let document = try Self.document(payload.bytes, root: "Delete")
        let keys = document.all("Object").compactMap { $0.first("Key").map { KeyBytes($0.text) } }
        guard !keys.isEmpty, keys.count <= StoreLimits.pageEntries, keys.allSatisfy(\.isValidUTF8) else {
            throw S3Failure(.malformedXML)
        }
        try store.commit(keys.map { .removeObject(bucket: request.bucket, key: $0) }) { state throws(S3Failure) in
            if state.buckets[request.bucket] == nil { _ = try state.bucket(request.bucket) }
        }
        let isQuiet = document.string("Quiet") == "true"
        var writer = XMLWriter()
        writer.element("DeleteResult", namespace: true) { result in
            guard !isQuiet else { return }
            for key in keys { result.element("Deleted") { $0.element("Key", bytes: key.bytes) } }
        }
        return StoreAnswer(xml: writer.bytes)
    }

    // MARK: Shared

    /// MD5 in hex, or a number when ETags are opaque.
    func etag(of digests: Digests) -> String {
        if let md5 = digests.md5 { return Hex.encode(md5) }
        return opaqueETag()
    }

    func opaqueETag() -> String {
        Hex.encode(UInt64.random(in: .min ... .max)) + Hex.encode(UInt64.random(in: .min ... .max))
    }

    /// The checksum that S3 keeps with an object that was put at once.
    func fullChecksum(of payload: Payload, chosen: ChecksumKind?) -> ObjectChecksum? {
        guard let kind = chosen ?? (configuration.computesDefaultChecksum ? .crc64nvme : nil),
            let value = payload.digests[kind]
        else { return nil }
        return ObjectChecksum(kind: kind, form: .full, value: value)
    }

    static func document(_ bytes: [UInt8], root: String) throws(S3Failure) -> XMLElement {
        do throws(XMLReader.Malformed) {
            let document = try XMLReader.document(bytes)
            guard document.name == root else { throw XMLReader.Malformed() }
            return document
        } catch {
            throw S3Failure(.malformedXML)
        }
    }

    /// The object's own bytes, or zeros when none are kept.
    private func body(
        of record: ObjectRecord, from start: Int64, count: Int64, _ open: inout OpenDescriptor
    ) throws(S3Failure) -> ResponseBody {
        if let descriptor = open.take() {
            return .file(descriptor: descriptor, offset: record.extent.offset + start, count: count)
        }
        guard count > 64 << 10 else { return .bytes([UInt8](repeating: 0, count: Int(count))) }
        do throws(FolderError) {
            return .file(
                descriptor: try ScratchFile.descriptor(holding: [], size: count), offset: 0, count: count)
        } catch {
            throw S3Failure(.internalError, error.description)
        }
    }
}
