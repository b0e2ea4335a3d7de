import Checksums
import Files
import Model
import S3Client

/// Files that move by one request.
extension UploadRunner {
    func uploadMarker(
        _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        var attributes = target.attributes
        if attributes.contentType == nil { attributes.contentType = "application/x-directory" }
        let body = WholeBody([], known: Digests(), attributes: attributes) { _ in nil }
        return try await put(body, file, to: location, ledger: ledger)
    }

    func uploadSmall(
        _ loaded: LoadedFile, _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let body = WholeBody(
            loaded.bytes, known: loaded.digests, attributes: attributes(for: file.path, loaded.identity)
        ) { [source, readers, spec] kinds in
            let again = try await readers.load(
                file.path, in: source.location, symlinks: spec.symlinks, limitInBytes: Int(Self.smallFile),
                checksums: kinds)
            guard again.identity == loaded.identity else {
                throw FileError(.changed, operation: "the file changed while it was sent")
            }
            return again
        }
        return try await put(body, file, to: location, ledger: ledger)
    }

    func uploadWhole(
        _ opened: OpenedFile, _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let range = ByteRange(offset: 0, count: opened.identity.size)
        try await ledger.takePlace()
        defer { ledger.giveBackPlace() }
        let body = WholeBody(
            size: range.count, attributes: attributes(for: file.path, opened.identity),
            payload: { [readers] protection, _ in
                Payload(
                    .file(descriptor: opened.descriptor, range: range),
                    digests: try await readers.digest(range, of: opened, ChecksumKinds(protection)),
                    protection: protection)
            }, digests: { [readers] in try await readers.digest(range, of: opened, $0) },
            isUnchanged: { [readers] in try await readers.verify(opened) })
        let result = try await put(body, file, to: location, ledger: ledger)
        // libcurl read the bytes again: what arrived is what was summed only if the file is still what it was.
        try await readers.verify(opened)
        return result
    }

    private func put(
        _ body: WholeBody, _ file: FileTransfer, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> FileResult {
        let request = RequestInFlight(
            file: file, number: PartNumber(1), range: ByteRange(offset: 0, count: body.size), isMultipart: false)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let stored: StoredObject
        do {
            stored = try await send(body, request, to: location, ledger: ledger)
        } catch let error as S3Error where error.code == .preconditionFailed && spec.overwrite == .never {
            guard let ours = try await ownObject(error, body, request, at: location, ledger: ledger) else {
                return .skipped("exists", size: body.size, counted: min(file.countedBytes, file.size))
            }
            stored = ours
        } catch let error as S3Error {
            // A file that ends too early has most likely been cut meanwhile.
            if error.code == .sourceUnreadable { try await body.isUnchanged() }
            throw request.reason(error)
        }
        acknowledged = body.size
        var result = FileResult(.succeeded, size: body.size)
        result.attempts = max(1, request.attempt)
        result.etag = stored.etag
        result.checksum = stored.checksum
        // Files that shrank since an earlier upload of them came to nothing count for less than was counted.
        result.countsBytes = body.size - min(file.countedBytes, file.size)
        result.acknowledgedBytes = body.size
        result.resentBytes = request.resentBytes
        return result
    }

    private func send(
        _ body: WholeBody, _ request: RequestInFlight, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> StoredObject {
        try await target.sending { protection, reading in
            let payload = try await body.payload(protection, reading)
            var stored = try await target.client.s3.putObject(
                location, payload: payload, attributes: body.attributes, condition: target.condition,
                options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in
                try await request.admitting {
                    if attempt > 1 { try await body.isUnchanged() }
                    try await ledger.pace(bytes: body.size)
                    let permit = try await ledger.permit(
                        request.attempt > 0 ? .startedFile : .newFile(size: body.size), at: target.client.name)
                    let isFirst = request.attempt == 0
                    request.begin()
                    if isFirst { ledger.began(request) }
                    return permit
                }
            }
            // What nobody compared is not said.
            stored.checksum = spec.checksum == .none ? nil : stored.checksum ?? payload.checksum
            return stored
        }
    }

    /// `If-None-Match` found an object: ours, if the reply to an earlier attempt was lost.
    ///
    /// - Returns: nil when it is somebody else's.
    /// - Throws: PRECONDITION_FAILED when it can't be told.
    private func ownObject(
        _ error: S3Error, _ body: WholeBody, _ request: RequestInFlight, at location: ObjectLocation,
        ledger: some TransferLedger
    ) async throws -> StoredObject? {
        guard request.attempt > 1 else { return nil }
        guard let head = try await target.head(location, ledger: ledger) else { throw error }
        guard head.sizeInBytes == body.size else { return nil }
        let standing = try await StandingObject.compare(
            head, opaqueETags: target.client.s3.hasOpaqueETags(location.bucket), digests: body.digests)
        switch standing {
        case .ours(let object): return object
        case .foreign, .absent: return nil
        case .unknown:
            throw Failure(
                .preconditionFailed,
                "an object of the same size stands at the key: it may be this one, whose reply was lost, or another's",
                attempts: request.attempt, s3: Failure(error).s3)
        }
    }
}
