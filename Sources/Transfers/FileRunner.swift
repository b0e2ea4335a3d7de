import Checksums
package import Files
package import Model
import S3Client

/// Moves one file of an upload job: a small one by one read and one request, a large one by parts.
///
/// Made once for a run of a job and shared by its files.
package struct FileRunner: Sendable {
    /// Up to this size a file is read whole and sent from memory: one open, one read, one request. Above it is read
    /// twice, for its checksum and by libcurl, and never held.
    static let smallFile: Int64 = 64 << 10

    let spec: JobSpec
    let source: UploadSource
    let client: TransferClient
    let readers: ReaderPool
    let now: @Sendable () -> Timestamp
    let attributes: ObjectAttributes
    let protection: PayloadProtection
    let checksums: ChecksumKinds

    package init(
        spec: JobSpec, source: UploadSource, client: TransferClient, readers: ReaderPool,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.spec = spec
        self.source = source
        self.client = client
        self.readers = readers
        self.now = now
        attributes = ObjectAttributes(spec: spec)
        protection = client.s3.protection(for: spec.checksum)
        checksums = ChecksumKinds(protection)
    }

    /// Nil: the run was stopped before the file had come to its end; a later run goes on with it.
    package func run(_ file: FileTransfer, ledger: some TransferLedger) async -> FileResult? {
        do {
            return try await upload(file, ledger: ledger)
        } catch {
            guard let failure = Self.failure(error) else { return nil }
            var result = FileResult.failed(failure, size: file.size)
            result.acknowledgedBytes = min(file.countedBytes, file.size)
            return result
        }
    }

    /// What ends a file; nil when the run was stopped.
    static func failure(_ error: any Error) -> Failure? {
        switch error {
        case let error as S3Error: error.code == .cancelled || error.code == .stopped ? nil : Failure(error)
        case let error as FileError:
            error.code == .cancelled || error.code == .stopped ? nil : error.ofListed.sourceFailure
        case let failure as Failure: failure
        case is CancellationError: nil
        default: Failure(.internal, String(describing: error), retryable: true)
        }
    }

    private func upload(_ file: FileTransfer, ledger: some TransferLedger) async throws -> FileResult {
        let key = try spec.objectKey(forPath: file.path, isDirectoryMarker: file.isDirectoryMarker)
        let location = ObjectLocation(bucket: spec.bucket, key: key)
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
                    checksums: checksums)
                return try await uploadSmall(loaded, file, to: location, ledger: ledger)
            } catch let error as FileError where error.code == .tooLarge {
                // It has grown since it was scanned: it goes the way of a large one.
            }
        }
        let opened = try await readers.open(file.path, in: source.location, symlinks: spec.symlinks)
        if let reason = try await reasonToSkip(opened.identity, at: location, ledger: ledger) {
            return .skipped(reason, size: opened.identity.size)
        }
        if opened.identity.size >= spec.multipartThreshold || opened.identity.size > PartPlan.largestSingleRequest {
            let upload = MultipartFile(runner: self, file: file, opened: opened, location: location, ledger: ledger)
            return try await upload.run()
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
            guard let failure = Self.failure(error) else { throw error }
            return try await giveUp(begun, of: file, at: location, failure, ledger: ledger)
        }
        return try await MultipartFile(runner: self, file: file, opened: opened, location: location, ledger: ledger)
            .run()
    }

    /// Ends a file whose upload can't go on: what was sent is dropped. An upload that can't be aborted now stays open in
    /// the ledger, and is tried again later.
    func giveUp(
        _ begun: MultipartUpload, of file: FileTransfer, at location: ObjectLocation, _ failure: Failure,
        ledger: some TransferLedger
    ) async throws -> FileResult {
        let recorded = try await ledger.recordedParts(of: file)
        let isGone = await client.abort(begun.uploadID, of: location) { _ in try await ledger.permit(.startedFile) }
        try Task.checkCancellation()
        if isGone { try await ledger.closeUpload(of: file) }
        var result = FileResult.failed(failure, size: file.size)
        result.acknowledgedBytes = min(file.size, max(file.countedBytes, recorded.reduce(0) { $0 + $1.range.count }))
        return result
    }

    // MARK: One request

    private func uploadMarker(
        _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        var hasher = Hasher(checksums)
        let payload = Payload(.bytes([]), digests: hasher.finalize(), protection: protection)
        var attributes = attributes
        if attributes.contentType == nil { attributes.contentType = "application/x-directory" }
        return try await put(payload, attributes, file, size: 0, to: location, ledger: ledger, isUnchanged: {})
    }

    private func uploadSmall(
        _ loaded: LoadedFile, _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let payload = Payload(.bytes(loaded.bytes), digests: loaded.digests, protection: protection)
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
        let digests = try await readers.digest(range, of: opened, checksums)
        let payload = Payload(
            .file(descriptor: opened.descriptor, range: range), digests: digests, protection: protection)
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
            stored = try await client.s3.putObject(
                location, payload: payload, attributes: attributes,
                condition: spec.overwrite == .never ? .ifAbsent : nil,
                options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in
                try await request.admitting {
                    if attempt > 1 { try await isUnchanged() }
                    try await ledger.pace(bytes: size)
                    let permit = try await ledger.permit(attempt > 1 ? .startedFile : .newFile(size: size))
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
        var attributes = attributes
        if attributes.contentType == nil { attributes.contentType = MediaType.guess(path: path) }
        if spec.preserveTimes { attributes.modificationTime = ModificationTime.text(nanoseconds: identity.modified) }
        return attributes
    }

    /// Why the file need not move, by the rules of `overwrite`; nil: it must.
    private func reasonToSkip(
        _ identity: FileIdentity, at location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> String? {
        if spec.overwrite == .always { return nil }
        let head: ObjectDescription
        do {
            head = try await client.s3.headObject(location) { _ in
                try await ledger.permit(.newFile(size: identity.size))
            }
        } catch {
            if error.code == .noSuchKey { return nil }
            throw error
        }
        if spec.overwrite == .never { return "exists" }
        guard head.sizeInBytes == identity.size else { return nil }
        // S3's own time has whole seconds, and says when the object was stored, not how old its bytes are.
        let stored =
            head.metadata["mtime"].flatMap(ModificationTime.nanoseconds)
            ?? head.lastModified.map { $0.microseconds * 1_000 }
        guard let stored else { return nil }
        return identity.modified <= stored ? "unchanged" : nil
    }
}
