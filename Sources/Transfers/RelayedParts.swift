import Checksums
import Model
import S3Client

/// The parts of an object in another store: each is fetched into a spool file, checksummed there and sent on.
struct RelayedParts: PartSource {
    let target: UploadTarget
    let relay: Relay
    let file: FileTransfer
    let source: ObjectLocation
    let description: ObjectDescription
    let attributes: ObjectAttributes

    var identity: SourceIdentity { description.identity }
    var partSize: Int64 { target.spec.partSize }

    /// A CRC that the source's store keeps of the whole object is computed over the parts, too: the new object's must be
    /// the same. Else they are protected like an upload's.
    private var protection: PayloadProtection {
        guard target.client.s3.checksums == .supported, let told = description.fullChecksum,
            told.algorithm != .sha256
        else { return target.protection }
        return PayloadProtection(checksum: told.algorithm, isPayloadSigned: target.protection.isPayloadSigned)
    }

    var checksum: MultipartChecksum? {
        protection.checksum.flatMap { MultipartChecksum($0, kind: .fullObject) }
    }

    var fullChecksum: Checksum? {
        description.fullChecksum.flatMap { $0.algorithm == checksum?.algorithm && $0.algorithm != .sha256 ? $0 : nil }
    }

    func willSend() {}

    /// Each range is asked of the one version; what has arrived can't change.
    func verify() async throws {}

    func send(
        _ request: RequestInFlight, of upload: UploadID, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> CompletedPart {
        let arrived = try await relay.fetch(
            request.range, of: source, description.etag, isWhole: false, for: file, .startedFile, ledger: ledger)
        let protection = protection
        let digests = try await relay.digests(of: arrived, ChecksumKinds(protection))
        let payload = Payload(arrived.payloadSource, digests: digests, protection: protection)
        let part = try await target.client.s3.uploadPart(
            request.number, of: upload, location, payload: payload,
            options: ExchangeOptions(progress: request.progress, maximumBytesPerSecond: ledger.bytesPerSecond)
        ) { attempt in try await admit(attempt, request, at: target.client.name, ledger: ledger) }
        withExtendedLifetime(arrived) {}
        return part
    }
}
