import Checksums
import Files
import Model
import S3Client

/// Fetches an object by one request: whichever version stands there by then, since one reply can't mix two.
struct WholeDownload<Ledger: TransferLedger>: Sendable {
    /// From here on the space is reserved before anything is fetched.
    private static var reserved: Int64 { 1 << 20 }
    private static var mostFetches: Int { 3 }

    let runner: DownloadRunner
    let file: FileTransfer
    let target: DownloadTarget
    let ledger: Ledger

    func run() async throws -> FileResult {
        var resent: Int64 = 0
        for _ in 0..<Self.mostFetches {
            let temporary = try await runner.readers.run { _ throws(FileError) in
                let temporary = try target.makeTemporary()
                if file.size >= Self.reserved { try temporary.preallocate(sizeInBytes: file.size) }
                return temporary
            }
            let request = RequestInFlight(
                file: file, number: PartNumber(1), range: ByteRange(offset: 0, count: file.size), isMultipart: false,
                isReceived: true)
            let fetched = try await fetch(request, into: temporary)
            resent += request.resentBytes
            guard fetched.isIntact else {
                resent += fetched.object.countInBytes
                continue
            }
            try await complete(temporary, fetched.object)
            guard try await runner.publish(temporary, as: target) else { return .skipped("exists", size: file.size) }
            return succeeded(fetched.object, request, resent: resent)
        }
        throw Failure.arrivesDamaged
    }

    private func fetch(
        _ request: RequestInFlight, into temporary: TemporaryFile
    ) async throws -> (object: FetchedObject, isIntact: Bool) {
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let isChecked = runner.spec.checksum != .none
        let arriving = ArrivingDigests { object in isChecked ? WholeCheck(object).kinds : [] }
        let fetched: FetchedObject
        do {
            fetched = try await runner.client.s3.getObject(
                runner.objects.location(of: file),
                into: .file(
                    descriptor: temporary.descriptor, offset: 0, limit: .max,
                    inspect: { object, bytes in arriving.take(object, bytes) }),
                options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in
                try await request.admitting {
                    arriving.reset()
                    try await ledger.pace(bytes: file.size)
                    let permit = try await ledger.permit(
                        attempt > 1 ? .startedFile : .newFile(size: file.size), at: runner.client.name)
                    request.begin()
                    if attempt == 1 { ledger.began(request) }
                    return permit
                }
            }
        } catch {
            throw request.reason(error)
        }
        let isIntact =
            !isChecked || WholeCheck(fetched.description).agrees(with: arriving.digests(of: fetched.description))
        if isIntact { acknowledged = fetched.countInBytes }
        return (fetched, isIntact)
    }

    /// The bytes are there; on disk, before the file has its name.
    private func complete(_ temporary: TemporaryFile, _ fetched: FetchedObject) async throws {
        let modified = runner.modificationTime(of: fetched.description)
        try await runner.readers.runToEnd { _ throws(FileError) in
            // A longer version may have begun to arrive before this one, or was expected.
            if try temporary.currentSizeInBytes() != fetched.countInBytes {
                try temporary.cut(toSizeInBytes: fetched.countInBytes)
            }
            if let modified { try temporary.setModified(modified) }
        }
        try await runner.sync.synchronize()
    }

    private func succeeded(_ fetched: FetchedObject, _ request: RequestInFlight, resent: Int64) -> FileResult {
        var result = FileResult(.succeeded, size: fetched.countInBytes)
        result.attempts = max(1, request.attempt)
        result.etag = fetched.description.etag
        result.checksum = fetched.description.checksum
        result.countsBytes = fetched.countInBytes - min(file.countedBytes, file.size)
        result.acknowledgedBytes = fetched.countInBytes
        result.resentBytes = resent
        return result
    }
}
