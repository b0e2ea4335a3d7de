import Model
import S3Client

/// Copies one object of a copy job: by one CopyObject, or by parts. The bytes stay in the store.
struct CopyRunner: Sendable {
    let objects: ObjectSource
    let target: UploadTarget

    func run(_ file: FileTransfer, ledger: some TransferLedger) async throws -> FileResult {
        let location = try target.location(of: file)
        if let reason = try await target.reasonToSkip(
            size: file.size, modified: file.object?.lastModified.map { $0.microseconds * 1_000 }, at: location,
            ledger: ledger)
        {
            return .skipped(reason, size: file.size)
        }
        return try await copyWhole(file, to: location, ledger: ledger)
    }

    private func copyWhole(
        _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let request = RequestInFlight(
            file: file, number: PartNumber(1), range: ByteRange(offset: 0, count: file.size), isMultipart: false)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let stored: StoredObject
        do {
            stored = try await target.client.s3.copyObject(
                from: objects.location(of: file), to: location, ifMatch: file.object?.etag,
                condition: target.condition
            ) { attempt in
                try await request.admitting {
                    let permit = try await ledger.permit(
                        attempt > 1 ? .startedFile : .newFile(size: file.size), at: target.client.name)
                    request.begin(attempt: attempt)
                    if attempt == 1 { ledger.began(request) }
                    return permit
                }
            }
        } catch {
            throw request.reason(error)
        }
        acknowledged = file.size
        var result = FileResult(.succeeded, size: file.size)
        result.attempts = max(1, request.attempt)
        result.etag = stored.etag
        result.checksum = stored.checksum
        result.countsBytes = file.size
        result.acknowledgedBytes = file.size
        return result
    }
}
