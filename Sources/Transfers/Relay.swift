import Checksums
import Files
import Model
import S3Client

/// Brings bytes from one store to another through this machine. What does not fit into memory rests in a spool file that
/// has no name and is as large as one part: a job's spool holds at most as many as the job has places (`takePlace`).
///
/// A permit is held for one request at a time: first one of the source's store, then one of the destination's.
struct Relay: Sendable {
    let source: TransferClient
    let readers: ReaderPool
    let spool: SpoolFolder

    /// Up to this size in bytes an object stays in memory.
    static let smallObject = UploadRunner.smallFile

    /// A range of one version of an object, on this machine.
    struct Arrived: Sendable {
        var description: ObjectDescription
        var content: Content
        var attempts: Int

        enum Content: Sendable {
            case bytes([UInt8])
            case file(SpoolFile)
        }

        /// For as long as this value is held.
        var payloadSource: Payload.Source {
            switch content {
            case .bytes(let bytes): .bytes(bytes)
            case .file(let file):
                .file(descriptor: file.descriptor, range: ByteRange(offset: 0, count: file.sizeInBytes))
            }
        }
    }

    /// Fetches a range of an object, or all of it.
    ///
    /// - Throws: `Failure.overwritten` when the object has another ETag by now; an `S3Error` of the source's store; a
    ///   `Failure` of the spool, `.diskFull` for example.
    func fetch(
        _ range: ByteRange, of object: ObjectLocation, _ etag: ETag, isWhole: Bool, for file: FileTransfer,
        _ urgency: TransferUrgency, ledger: some TransferLedger
    ) async throws -> Arrived {
        let request = RequestInFlight(file: file, number: PartNumber(1), range: range, isMultipart: !isWhole)
        let spooled = range.count > Self.smallObject ? try await makeSpool(range.count) : nil
        let fetched: FetchedObject
        do {
            fetched = try await source.s3.getObject(
                object, range: isWhole ? nil : range, ifMatch: etag,
                into: spooled.map { .file(descriptor: $0.descriptor, offset: 0, limit: range.count) }
                    ?? .collect(limitInBytes: Int(range.count)),
                options: ExchangeOptions(maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in
                try await request.admitting {
                    let permit = try await ledger.permit(attempt > 1 ? .startedFile : urgency, at: source.name)
                    request.begin()
                    return permit
                }
            }
        } catch {
            if error.code == .preconditionFailed { throw Failure.overwritten }
            throw request.reason(error)
        }
        guard fetched.countInBytes == range.count else { throw Failure.overwritten }
        return Arrived(
            description: fetched.description, content: spooled.map { .file($0) } ?? .bytes(fetched.bytes),
            attempts: max(1, request.attempt))
    }

    func digests(of arrived: Arrived, _ kinds: ChecksumKinds) async throws -> Digests {
        do {
            switch arrived.content {
            case .bytes(let bytes):
                var hasher = Hasher(kinds)
                hasher.update(bytes)
                return hasher.finalize()
            case .file(let file): return try await readers.digest(file, kinds)
            }
        } catch {
            if error.code == .cancelled || error.code == .stopped { throw error }
            throw error.destinationFailure
        }
    }

    private func makeSpool(_ sizeInBytes: Int64) async throws -> SpoolFile {
        do {
            return try await readers.run { [spool] _ throws(FileError) in
                try spool.makeFile(sizeInBytes: sizeInBytes)
            }
        } catch {
            if error.code == .cancelled || error.code == .stopped { throw error }
            throw error.destinationFailure
        }
    }
}
