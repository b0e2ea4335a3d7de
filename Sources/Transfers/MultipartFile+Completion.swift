import Checksums
import Model
import S3Client

/// From the parts to the object, and what is made of answers that leave it open whether the object stands.
extension MultipartFile {
    func complete(_ session: UploadSession) async throws -> StoredObject {
        if !session.tally.hedged.isEmpty { try await refresh(session.tally.hedged, session) }
        var isRefreshed = false
        while true {
            do {
                let stored = try await requestCompletion(session)
                try check(stored, session)
                return stored
            } catch let error as S3Error {
                switch error.code {
                case .noSuchUpload, .preconditionFailed: return try await objectAfter(error, session)
                case .invalidPart where !isRefreshed:
                    // An earlier request for a part, given up here, may have been stored after the one that counted.
                    isRefreshed = true
                    try await refresh(nil, session)
                default: throw error
                }
            }
        }
    }

    private func requestCompletion(_ session: UploadSession) async throws -> StoredObject {
        let parts = session.tally.parts
        let full = try fullChecksum(of: parts, session.plan)
        do {
            return try await request(session, parts, checksum: full, size: session.plan.objectSize)
        } catch let error as S3Error where error.refusesCompletion {
            // The store has taken the parts and does not know these headers: it gets the parts' ETags alone.
            let bare = parts.map { CompletedPart(number: $0.number, etag: $0.etag, checksum: nil) }
            let stored = try await request(session, bare, checksum: nil, size: nil)
            if full != nil, target.spec.checksum == .auto { s3.learnThatChecksumsAreRefused() }
            return stored
        }
    }

    private func request(
        _ session: UploadSession, _ parts: [CompletedPart], checksum: Checksum?, size: Int64?
    ) async throws -> StoredObject {
        try await s3.completeMultipartUpload(
            session.upload.uploadID, location, parts: parts, checksum: checksum, sizeInBytes: size,
            condition: target.condition, acquire: permit)
    }

    /// Asks the store what it has, where that may not be what it answered last.
    ///
    /// - Parameter numbers: nil for all parts. What is not there as it was sent is sent again.
    private func refresh(_ numbers: Set<PartNumber>?, _ session: UploadSession) async throws {
        guard let listed = try await listedParts(of: session.upload.uploadID) else { return }
        let known = Dictionary(listed.map { ($0.number, $0) }) { _, last in last }
        for part in session.tally.parts where numbers?.contains(part.number) ?? true {
            let range = session.range(of: part.number)
            if let there = known[part.number], there.sizeInBytes == range.count {
                if there.etag == part.etag { continue }
                if let confirmed = try await source.confirm(there, as: range) {
                    session.tally.rename(
                        CompletedPart(
                            number: part.number, etag: there.etag, checksum: part.checksum ?? confirmed.checksum))
                    continue
                }
            }
            session.tally.drop(part.number, bytes: range.count)
            try await ledger.takePlace()
            defer { ledger.giveBackPlace() }
            try await send(part.number, session)
        }
        try await ledger.settleParts(of: file)
    }

    /// Throws CHECKSUM_MISMATCH when the store says that the object is made of something else than was sent.
    private func check(_ stored: StoredObject, _ session: UploadSession) throws {
        let parts = session.tally.parts
        let ours = checksum(of: parts, session.plan)
        var difference: (there: String, here: String)?
        if let there = stored.checksum, let ours, there.isComparable(with: ours) {
            if there != ours { difference = (there.description, ours.description) }
        }
        if !stored.isETagOpaque, !s3.hasOpaqueETags(location.bucket), stored.etag.isMD5OfParts,
            let ours = ETag(ofParts: parts), stored.etag != ours
        {
            difference = (stored.etag.rawValue, ours.rawValue)
        }
        guard let difference else { return }
        throw Failure(
            .checksumMismatch,
            "CompleteMultipartUpload: the store has made an object with \(difference.there), sent was \(difference.here)",
            retryable: true, attempts: session.tally.mostAttempts)
    }

    // MARK: Whose object stands there

    /// After an answer that an earlier attempt, whose reply was lost, may have caused by its success.
    ///
    ///     Complete arrives -> no reply comes here -> the object stands, its upload is forgotten
    ///     Complete again -> NoSuchUpload; or 412 where no object may be overwritten
    private func objectAfter(_ error: S3Error, _ session: UploadSession) async throws -> StoredObject {
        let mayBeOurs = error.attempts > 1 || session.isResumed
        if error.code == .preconditionFailed, !mayBeOurs { throw error }
        let attempts = error.attempts
        let s3 = Failure(error).s3
        switch try await standing(parts: session.tally.parts, session.plan) {
        case .ours(let object): return object
        case .absent: throw error
        // Nothing of ours was completed: the upload is lost, or what exists is not overwritten.
        case .foreign where !mayBeOurs || error.code == .preconditionFailed: throw error
        case .unknown where !mayBeOurs: throw error
        case .foreign:
            throw Failure(
                .preconditionFailed,
                "the upload is over, its reply was lost, and another object stands at the key", retryable: true,
                attempts: attempts, s3: s3)
        case .unknown:
            throw Failure(
                .storeError,
                "the upload is over and its reply was lost: whether the object at the key is made of it neither ETag nor "
                    + "checksum tells", retryable: true, attempts: attempts, s3: s3)
        }
    }

    /// The upload of an earlier run is gone. If that has completed it, and died before it was recorded, its result.
    func resultOfLostReply(
        _ begun: MultipartUpload, _ recorded: [Part], _ plan: PartPlan
    ) async throws -> FileResult? {
        let parts = recorded.compactMap { part in
            part.etag.map { CompletedPart(number: part.number, etag: $0, checksum: part.checksum) }
        }
        guard parts.count == plan.count, case .ours(let object) = try await standing(parts: parts, plan) else {
            return nil
        }
        try await ledger.closeUpload(of: file)
        let kept = KeptParts(
            Dictionary(uniqueKeysWithValues: parts.map { ($0.number, $0) }), bytes: plan.objectSize)
        let tally = PartTally(
            kept: kept, recorded: Set(kept.parts.keys), reached: plan.objectSize, limit: file.size)
        return succeeded(
            object, UploadSession(upload: begun, plan: plan, kept: kept, tally: tally, isResumed: true))
    }

    /// Whether the object at the key is made of exactly these parts.
    private func standing(parts: [CompletedPart], _ plan: PartPlan) async throws -> StandingObject {
        guard let head = try await target.head(location, ledger: ledger) else { return .absent }
        guard head.sizeInBytes == plan.objectSize else { return .foreign }
        let object = StoredObject(head)
        let isOpaque = head.isETagOpaque || s3.hasOpaqueETags(location.bucket)
        if let there = head.checksum, let ours = checksum(of: parts, plan), there.isComparable(with: ours) {
            return there == ours ? .ours(object) : .foreign
        }
        if !isOpaque, let ours = ETag(ofParts: parts) {
            if head.etag == ours { return .ours(object) }
            if head.etag.md5 != nil || head.etag.isMD5OfParts { return .foreign }
        }
        return try await StandingObject.compare(head, opaqueETags: isOpaque, digests: source.digests)
    }
}

extension S3Error {
    /// Whether CompleteMultipartUpload was refused for what it says beyond the parts' ETags.
    fileprivate var refusesCompletion: Bool {
        code == .notImplemented || code == .invalidRequest && speaksOfChecksums
    }
}

extension Checksum {
    /// Of the same algorithm, and both of the full object or both composite.
    fileprivate func isComparable(with other: Checksum) -> Bool {
        algorithm == other.algorithm && base64.contains("-") == other.base64.contains("-")
    }
}

extension ETag {
    /// Whether it has the form of an MD5 over parts' MD5s: 32 hexadecimal digits, a dash and a number.
    fileprivate var isMD5OfParts: Bool {
        let halves = rawValue.split(separator: "-", omittingEmptySubsequences: false)
        return halves.count == 2 && ETag(String(halves[0])).md5 != nil && Int(halves[1]) != nil
    }

    /// What S3 calls an object of these parts: the MD5 over their MD5s, and how many they are. Nil where the parts' own
    /// ETags are no MD5s, as under KMS encryption (AWS user guide, "Checking object integrity").
    init?(ofParts parts: [CompletedPart]) {
        var digests: [UInt8] = []
        for part in parts {
            guard part.etag.md5 != nil else { return nil }
            let digits = Array(part.etag.rawValue.utf8)
            for index in stride(from: 0, to: 32, by: 2) {
                guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                    return nil
                }
                digests.append(byte)
            }
        }
        self.init("\(Hexadecimal.text(MD5.hash(digests)))-\(parts.count)")
    }
}
