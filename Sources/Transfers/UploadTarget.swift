import Checksums
import Files
import Model
import S3Client

/// Where the objects of one job go and how they are written. Made once for a run and shared by its files.
struct UploadTarget: Sendable {
    let spec: JobSpec
    let client: TransferClient
    let readers: ReaderPool
    let attributes: ObjectAttributes

    init(spec: JobSpec, client: TransferClient, readers: ReaderPool) {
        self.spec = spec
        self.client = client
        self.readers = readers
        attributes = ObjectAttributes(spec: spec)
    }

    /// As the store is known to take it now.
    var protection: PayloadProtection { client.s3.protection(for: spec.checksum) }

    /// What must hold at a key for an object to be written there.
    var condition: WriteCondition? { spec.overwrite == .never ? .ifAbsent : nil }

    /// Where a file or object of the job goes. Throws the file's failure when its path makes no key.
    func location(of file: FileTransfer) throws(Failure) -> ObjectLocation {
        ObjectLocation(
            bucket: spec.bucket,
            key: try spec.objectKey(forPath: file.path, isDirectoryMarker: file.isDirectoryMarker))
    }

    /// Ends a file whose upload can't go on: what was sent is dropped. An upload that can't be aborted now stays open in
    /// the ledger, and is tried again later.
    func giveUp(
        _ begun: MultipartUpload, of file: FileTransfer, at location: ObjectLocation, _ failure: Failure,
        ledger: some TransferLedger
    ) async throws -> FileResult {
        let recorded = try await ledger.recordedParts(of: file)
        let isGone = await client.abort(begun.uploadID, of: location) { _ in
            try await ledger.permit(.startedFile, at: client.name)
        }
        try Task.checkCancellation()
        if isGone { try await ledger.closeUpload(of: file) }
        var result = FileResult.failed(failure, size: file.size)
        result.acknowledgedBytes = min(file.size, max(file.countedBytes, recorded.reduce(0) { $0 + $1.range.count }))
        return result
    }

    /// Whether a source of this size moves by a multipart upload.
    func movesByParts(_ size: Int64) -> Bool {
        size >= spec.multipartThreshold || size > PartPlan.largestSingleRequest
    }

    /// Why a file need not move, by the rules of `overwrite`; nil: it must.
    ///
    /// - Parameters:
    ///   - size: of the source, in bytes.
    ///   - modified: of the source, in nanoseconds since 1970; nil when it is not known.
    func reasonToSkip(
        size: Int64, modified: Int64?, at location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> String? {
        try await reasonToSkip(size: size, at: location, ledger: ledger) { head in
            guard let modified, let stored = ModificationTime.nanoseconds(of: head) else { return false }
            return modified <= stored
        }
    }

    /// Why a source need not move, by the rules of `overwrite`; nil: it must.
    ///
    /// - Parameter isUpToDate: whether an object of the same size is not older than the source.
    func reasonToSkip(
        size: Int64, at location: ObjectLocation, ledger: some TransferLedger,
        unlessOlder isUpToDate: (ObjectDescription) -> Bool
    ) async throws -> String? {
        if spec.overwrite == .always { return nil }
        let head: ObjectDescription
        do {
            head = try await client.s3.headObject(location) { _ in
                try await ledger.permit(.newFile(size: size), at: client.name)
            }
        } catch {
            if error.code == .noSuchKey { return nil }
            throw error
        }
        if spec.overwrite == .never { return "exists" }
        return head.sizeInBytes == size && isUpToDate(head) ? "unchanged" : nil
    }
}
