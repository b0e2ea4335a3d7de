import Checksums
import Files
import Model
import S3Client

/// Downloads one object of a download job to a hidden temporary file beside its target, which takes the target's name
/// when it is complete.
struct DownloadRunner: Sendable {
    let spec: JobSpec
    let objects: ObjectSource
    let destination: DestinationFolder
    let readers: ReaderPool

    private var client: TransferClient { objects.client }

    func run(_ file: FileTransfer, ledger: some TransferLedger) async throws -> FileResult {
        do {
            if file.isDirectoryMarker { return try await makeFolder(file) }
            return try await fetchWhole(file, ledger: ledger)
        } catch let error as FileError where error.code != .cancelled && error.code != .stopped {
            throw error.destinationFailure
        }
    }

    private func makeFolder(_ file: FileTransfer) async throws -> FileResult {
        _ = try await readers.run { _ throws(FileError) in try destination.makeFolder(file.path) }
        return FileResult(.succeeded, size: 0)
    }

    private func fetchWhole(_ file: FileTransfer, ledger: some TransferLedger) async throws -> FileResult {
        let path = try DestinationPath(file.path)
        let token = Self.token(of: file, in: ledger.job)
        let temporary = try await readers.run { _ throws(FileError) in
            let folder = try destination.makeFolder(path.folder)
            try folder.removeTemporary(token: token)
            let temporary = try folder.createTemporary(token: token)
            try temporary.preallocate(sizeInBytes: file.size)
            return temporary
        }
        let request = RequestInFlight(
            file: file, number: PartNumber(1), range: ByteRange(offset: 0, count: file.size), isMultipart: false)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let fetched: FetchedObject
        do {
            fetched = try await client.s3.getObject(
                objects.location(of: file), ifMatch: file.object?.etag,
                into: .file(descriptor: temporary.descriptor, offset: 0, limit: file.size),
                options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in
                try await request.admitting {
                    try await ledger.pace(bytes: file.size)
                    let permit = try await ledger.permit(
                        attempt > 1 ? .startedFile : .newFile(size: file.size), at: client.name)
                    request.begin(attempt: attempt)
                    if attempt == 1 { ledger.began(request) }
                    return permit
                }
            }
        } catch {
            throw request.reason(error)
        }
        let modified = spec.preserveTimes ? ModificationTime.nanoseconds(of: fetched.description) : nil
        try await readers.run { _ throws(FileError) in
            if let modified { try temporary.setModified(modified) }
            try temporary.synchronize()
            try temporary.publish(as: path.name)
        }
        acknowledged = file.size
        var result = FileResult(.succeeded, size: file.size)
        result.attempts = max(1, request.attempt)
        result.etag = fetched.description.etag
        result.checksum = fetched.description.checksum
        result.countsBytes = file.size
        result.acknowledgedBytes = file.size
        return result
    }

    /// Of a file's temporary name: the same after a restart, and no other job's, whatever service that belongs to.
    static func token(of file: FileTransfer, in job: JobID) -> String {
        let digest = MD5.hash(Array(job.rawValue.utf8)).prefix(8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "\(digest.joined())n\(file.number.rawValue)"
    }
}
