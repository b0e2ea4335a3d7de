import Model
import S3Client

/// The parts of an object in the same store: the store copies each by UploadPartCopy, no byte comes here.
struct CopiedParts: PartSource {
    /// Parts are large, since each is a request that moves no byte: as many times `part_size` as make about this many of
    /// them, up to `largestUsual`. So progress moves, the store works on several at once, and 5 TiB need no more than 10,000.
    ///
    ///     part_size 8 MiB:  20 MiB -> 3 of 8 MiB    300 MiB -> 13 of 24 MiB    5 GiB -> 40 of 128 MiB
    static let usualCount: Int64 = 16
    static let largestUsual: Int64 = 128 << 20

    let target: UploadTarget
    let source: ObjectLocation
    let description: ObjectDescription
    let attributes: ObjectAttributes

    var identity: SourceIdentity { description.identity }

    /// The source's own algorithm: so what the store computes over the copy can be compared with it.
    var checksum: MultipartChecksum? {
        guard target.client.s3.configuration.checksums == .supported else { return nil }
        return description.checksum.flatMap {
            MultipartChecksum($0.algorithm, kind: description.isChecksumComposite ? .composite : .fullObject)
        }
    }

    var fullChecksum: Checksum? { checksum?.kind == .fullObject ? description.fullChecksum : nil }

    var partSize: Int64 { Self.partSize(of: description.sizeInBytes, preferred: target.spec.partSize) }

    static func partSize(of size: Int64, preferred: Int64) -> Int64 {
        let multiple = max(1, (size + usualCount * preferred - 1) / (usualCount * preferred))
        return max(preferred, min(largestUsual, multiple * preferred))
    }

    func willSend() {}

    /// Each request names the version that it copies from.
    func verify() async throws {}

    func send(
        _ request: RequestInFlight, of upload: UploadID, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> CompletedPart {
        // A range is refused of an object that is smaller than a part.
        let range = request.range.count == description.sizeInBytes ? nil : request.range
        do {
            return try await target.client.s3.uploadPartCopy(
                request.number, of: upload, location, from: source, range: range, ifMatch: description.etag
            ) { attempt in try await admit(attempt, request, at: target.client.name, ledger: ledger) }
        } catch {
            throw error.code == .preconditionFailed ? Failure.overwritten : error
        }
    }
}
