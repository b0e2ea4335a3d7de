import Checksums
import Files
import Model
import S3Client

/// The parts of a local file: each is read once for its checksum, which warms the page cache, and once by libcurl.
struct FilePartSource: PartSource {
    let target: UploadTarget
    let opened: OpenedFile
    let attributes: ObjectAttributes

    var identity: SourceIdentity { .file(opened.identity) }

    /// CRCs are asked for of the whole object: they can be combined from the parts', and compared at the end.
    var checksum: MultipartChecksum? {
        target.protection.checksum.flatMap { MultipartChecksum($0, kind: .fullObject) }
    }

    var partSize: Int64 { target.spec.partSize }

    /// Two requests for one part end in the same part only where equal bytes have equal ETags.
    var mayHedge: Bool {
        let encryption = target.spec.serverSideEncryption
        return (encryption == nil || encryption == "AES256") && !target.client.s3.hasOpaqueETags(target.spec.bucket)
    }

    func willSend() { opened.willReadInOrder() }

    func verify() async throws { try await target.readers.verify(opened) }

    func send(
        _ request: RequestInFlight, of upload: UploadID, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> CompletedPart {
        try await target.sending { protection, _ in
            // Anew each time: it also finds a file that is not what it was.
            let digests = try await target.readers.digest(request.range, of: opened, ChecksumKinds(protection))
            let payload = Payload(
                .file(descriptor: opened.descriptor, range: request.range), digests: digests, protection: protection)
            do {
                return try await target.client.s3.uploadPart(
                    request.number, of: upload, location, payload: payload,
                    options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
                ) { attempt in try await admit(attempt, request, at: target.client.name, ledger: ledger) }
            } catch let error as S3Error {
                // A file that ends too early has most likely been cut meanwhile.
                if error.code == .sourceUnreadable { try await verify() }
                throw error
            }
        }
    }

    func confirm(_ stored: PartPage.Part, as range: ByteRange) async throws -> CompletedPart? {
        let sent = target.protection.checksum.flatMap { $0 == .md5 ? nil : $0 }
        var kinds: ChecksumKinds = sent.map { ChecksumKinds(ChecksumKind($0)) } ?? []
        let proof: (kind: ChecksumKind, value: String)
        if let checksum = stored.checksum {
            proof = (ChecksumKind(checksum.algorithm), checksum.base64)
        } else if let md5 = stored.etag.md5, !target.client.s3.hasOpaqueETags(target.spec.bucket) {
            proof = (.md5, md5)
        } else {
            return nil
        }
        kinds.insert(ChecksumKinds(proof.kind))
        let digests = try await target.readers.digest(range, of: opened, kinds)
        let found = proof.kind == .md5 ? digests.md5.map(Hexadecimal.text) : digests.base64(proof.kind)
        guard found == proof.value else { return nil }
        let checksum =
            stored.checksum
            ?? sent.flatMap { algorithm in
                digests.base64(ChecksumKind(algorithm)).map { Checksum(algorithm, base64: $0) }
            }
        return CompletedPart(number: stored.number, etag: stored.etag, checksum: checksum)
    }

    func digests(_ kinds: ChecksumKinds) async throws -> Digests? {
        try await target.readers.digest(ByteRange(offset: 0, count: opened.identity.size), of: opened, kinds)
    }
}
