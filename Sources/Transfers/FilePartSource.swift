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

    func willSend() { opened.willReadInOrder() }

    func verify() async throws { try await target.readers.verify(opened) }

    func send(
        _ request: RequestInFlight, of upload: UploadID, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> CompletedPart {
        let digests = try await target.readers.digest(request.range, of: opened, target.checksums)
        let payload = Payload(
            .file(descriptor: opened.descriptor, range: request.range), digests: digests,
            protection: target.protection)
        do {
            return try await target.client.s3.uploadPart(
                request.number, of: upload, location, payload: payload,
                options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in try await admit(attempt, request, at: target.client.name, ledger: ledger) }
        } catch {
            // A file that ends too early has most likely been cut meanwhile.
            if error.code == .sourceUnreadable { try await verify() }
            throw error
        }
    }
}
