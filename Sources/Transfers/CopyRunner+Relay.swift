import Checksums
import Model
import S3Client

extension CopyRunner {
    /// Fetches an object and puts it into the other store: two requests, and a third for tags if there are any.
    func relay(
        _ file: FileTransfer, _ etag: ETag, size: Int64, to location: ObjectLocation, by relay: Relay,
        ledger: some TransferLedger
    ) async throws -> FileResult {
        let isSmall = size <= Relay.smallObject
        if !isSmall { try await ledger.takePlace() }
        defer { if !isSmall { ledger.giveBackPlace() } }
        let range = ByteRange(offset: 0, count: size)
        let arrived = try await relay.fetch(
            range, of: objects.location(of: file), etag, isWhole: true, for: file, .newFile(size: size), ledger: ledger)
        let payload = try await checkedPayload(of: arrived, by: relay)
        let tags = arrived.description.tagCount > 0 ? try await tags(of: file, ledger: ledger) : [:]
        let attributes = target.attributes.inheriting(arrived.description, tags: tags, keepsTime: spec.preserveTimes)
        let request = RequestInFlight(file: file, number: PartNumber(1), range: range, isMultipart: false)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let stored: StoredObject
        do {
            stored = try await target.client.s3.putObject(
                location, payload: payload, attributes: attributes, condition: target.condition,
                options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
            ) { attempt in try await admit(attempt, request, .startedFile, ledger: ledger) }
        } catch {
            if error.code == .preconditionFailed, target.condition != nil { return skipped("exists", file, size: size) }
            throw request.reason(error)
        }
        withExtendedLifetime(arrived) {}
        acknowledged = size
        var result = succeeded(file, stored, size: size, request)
        result.attempts = max(result.attempts, arrived.attempts)
        result.checksum = stored.checksum ?? payload.checksum
        return result
    }

    /// What arrived, with what was computed over it; it must be what the source's store says of it, where it says it.
    private func checkedPayload(of arrived: Relay.Arrived, by relay: Relay) async throws -> Payload {
        let protection = target.protection
        var kinds = ChecksumKinds(protection)
        let told = arrived.description.fullChecksum
        if let told { kinds.insert(ChecksumKinds(ChecksumKind(told.algorithm))) }
        let digests = try await relay.digests(of: arrived, kinds)
        if let told, let found = digests.base64(ChecksumKind(told.algorithm)), found != told.base64 {
            throw Failure(
                .checksumMismatch, "\(told.algorithm.rawValue):\(found) arrived, the source's store has \(told)",
                retryable: true)
        }
        return Payload(arrived.payloadSource, digests: digests, protection: protection)
    }
}
