import Checksums
import Files
import Model
import S3Client

/// Moves one file of an upload job: a small one by one read and one request, a large one by parts.
///
/// Made once for a run of a job and shared by its files.
struct UploadRunner: Sendable {
    /// Up to this size a file is read whole and sent from memory: one open, one read, one request. Above it is read
    /// twice, for its checksum and by libcurl, and never held.
    static let smallFile: Int64 = 64 << 10

    let source: UploadSource
    let target: UploadTarget

    private var spec: JobSpec { target.spec }
    private var readers: ReaderPool { target.readers }
    private var s3: S3Client { target.client.s3 }

    func run(_ file: FileTransfer, ledger: some TransferLedger) async throws -> FileResult {
        let location = try target.location(of: file)
        if file.isDirectoryMarker {
            return try await uploadMarker(file, to: location, ledger: ledger)
        }
        if let begun = file.multipart { return try await goOn(begun, file, at: location, ledger: ledger) }
        if file.size <= Self.smallFile, spec.overwrite == .always,
            file.size < spec.multipartThreshold
        {
            do {
                let loaded = try await readers.load(
                    file.path, in: source.location, symlinks: spec.symlinks, limitInBytes: Int(Self.smallFile),
                    checksums: target.checksums)
                return try await uploadSmall(loaded, file, to: location, ledger: ledger)
            } catch let error as FileError where error.code == .tooLarge {
                // It has grown since it was scanned: it goes the way of a large one.
            }
        }
        let opened = try await readers.open(file.path, in: source.location, symlinks: spec.symlinks)
        if let reason = try await target.reasonToSkip(
            size: opened.identity.size, modified: opened.identity.modified, at: location, ledger: ledger)
        {
            return .skipped(reason, size: opened.identity.size)
        }
        if opened.identity.size >= spec.multipartThreshold || opened.identity.size > PartPlan.largestSingleRequest {
            return try await upload(opened, file, to: location, ledger: ledger)
        }
        return try await uploadWhole(opened, file, to: location, ledger: ledger)
    }

    // MARK: An upload of an earlier run

    private func goOn(
        _ begun: MultipartUpload, _ file: FileTransfer, at location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let opened: OpenedFile
        do {
            opened = try await readers.open(file.path, in: source.location, symlinks: spec.symlinks)
        } catch {
            guard let failure = Failure(ending: error) else { throw error }
            return try await target.giveUp(begun, of: file, at: location, failure, ledger: ledger)
        }
        return try await upload(opened, file, to: location, ledger: ledger)
    }

    private func upload(
        _ opened: OpenedFile, _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let parts = FilePartSource(
            target: target, opened: opened, attributes: attributes(for: file.path, opened.identity))
        return try await MultipartFile(target: target, file: file, source: parts, location: location, ledger: ledger)
            .run()
    }

    // MARK: One request

    private func uploadMarker(
        _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        var hasher = Hasher(target.checksums)
        let payload = Payload(.bytes([]), digests: hasher.finalize(), protection: target.protection)
        var attributes = target.attributes
        if attributes.contentType == nil { attributes.contentType = "application/x-directory" }
        return try await put(payload, attributes, file, size: 0, to: location, ledger: ledger, isUnchanged: {})
    }

    private func uploadSmall(
        _ loaded: LoadedFile, _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let payload = Payload(.bytes(loaded.bytes), digests: loaded.digests, protection: target.protection)
        // What is sent was read whole while the file did not change: it needs no further look.
        return try await put(
            payload, attributes(for: file.path, loaded.identity), file, size: loaded.identity.size, to: location,
            ledger: ledger, isUnchanged: {})
    }

    private func uploadWhole(
        _ opened: OpenedFile, _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let range = ByteRange(offset: 0, count: opened.identity.size)
        try await ledger.takePlace()
        defer { ledger.giveBackPlace() }
        let digests = try await readers.digest(range, of: opened, target.checksums)
        let payload = Payload(
            .file(descriptor: opened.descriptor, range: range), digests: digests, protection: target.protection)
        let result = try await put(
            payload, attributes(for: file.path, opened.identity), file, size: range.count, to: location, ledger: ledger,
            isUnchanged: { try await readers.verify(opened) })
        // libcurl read the bytes again: what arrived is what was summed only if the file is still what it was.
        try await readers.verify(opened)
        return result
    }

    private func put(
        _ payload: Payload, _ attributes: ObjectAttributes, _ file: FileTransfer, size: Int64,
        to location: ObjectLocation, ledger: some TransferLedger,
        isUnchanged: @escaping @Sendable () async throws -> Void
    ) async throws -> FileResult {
        let request = RequestInFlight(
            file: file, number: PartNumber(1), range: ByteRange(offset: 0, count: size), isMultipart: false)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let stored: StoredObject
        do {
            stored = try await s3.putObject(
                location, payload: payload, attributes: attributes,
                condition: target.condition,
                options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in
                try await request.admitting {
                    if attempt > 1 { try await isUnchanged() }
                    try await ledger.pace(bytes: size)
                    let permit = try await ledger.permit(
                        attempt > 1 ? .startedFile : .newFile(size: size), at: target.client.name)
                    request.begin(attempt: attempt)
                    if attempt == 1 { ledger.began(request) }
                    return permit
                }
            }
        } catch {
            if error.code == .preconditionFailed, spec.overwrite == .never { return .skipped("exists", size: size) }
            // A file that ends too early has most likely been cut meanwhile.
            if error.code == .sourceUnreadable { try await isUnchanged() }
            throw request.reason(error)
        }
        acknowledged = size
        var result = FileResult(.succeeded, size: size)
        result.attempts = max(1, request.attempt)
        result.etag = stored.etag
        result.checksum = stored.checksum ?? payload.checksum
        result.countsBytes = size - min(size, file.countedBytes, file.size)
        result.acknowledgedBytes = size
        result.resentBytes = request.resentBytes
        return result
    }

    // MARK: What an object is stored with

    func attributes(for path: [UInt8], _ identity: FileIdentity) -> ObjectAttributes {
        var attributes = target.attributes
        if attributes.contentType == nil { attributes.contentType = MediaType.guess(path: path) }
        if spec.preserveTimes { attributes.modificationTime = ModificationTime.text(nanoseconds: identity.modified) }
        return attributes
    }
}
