import Checksums
import Model
import S3Client

/// What the parts of one multipart upload are made of: ranges of a local file, or of an object in the same or in
/// another store.
protocol PartSource: Sendable {
    /// When the transfer began.
    var identity: SourceIdentity { get }
    /// What the new object is stored with.
    var attributes: ObjectAttributes { get }
    /// What CreateMultipartUpload asks the store to keep; nil for nothing.
    var checksum: MultipartChecksum? { get }
    /// Of the whole object, of the kind of `checksum`, where the source itself says it.
    var fullChecksum: Checksum? { get }
    /// In bytes, of an upload that begins anew: the plan takes larger ones where 10,000 would not suffice.
    var partSize: Int64 { get }

    /// Whether a part may be sent twice at the same time, the first answer counting.
    var mayHedge: Bool { get }

    /// Called before the first part is sent.
    func willSend()
    /// Throws when the source is not what it was. Also called before each repetition of a part.
    func verify() async throws
    /// Brings one part to the store. What it prepares before its request it does itself, bounded by `ledger.takePlace`,
    /// of which the caller holds one. Attempts are admitted by `admit`.
    func send(
        _ request: RequestInFlight, of upload: UploadID, to location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> CompletedPart
    /// A part that the store has, if it is known to hold this range of the source: then it need not be sent again.
    func confirm(_ stored: PartPage.Part, as range: ByteRange) async throws -> CompletedPart?
    /// Of the whole source; nil where it can't be read here.
    func digests(_ kinds: ChecksumKinds) async throws -> Digests?
}

extension PartSource {
    var fullChecksum: Checksum? { nil }

    var mayHedge: Bool { false }

    func confirm(_ stored: PartPage.Part, as range: ByteRange) async throws -> CompletedPart? { nil }

    func digests(_ kinds: ChecksumKinds) async throws -> Digests? { nil }

    /// A permit for one attempt at a part, as the last thing before it is sent.
    func admit(
        _ attempt: Int, _ request: RequestInFlight, at store: StoreName, ledger: some TransferLedger
    ) async throws -> Permit {
        try await request.admitting {
            if attempt > 1 { try await verify() }
            try await ledger.pace(bytes: request.range.count)
            let permit = try await ledger.permit(.startedFile, at: store)
            request.begin()
            if !request.isHedge { ledger.began(request) }
            return permit
        }
    }
}
