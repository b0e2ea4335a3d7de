import Model
import S3Client
import Synchronization

/// Moves one large file or object by a multipart upload, or goes on with one that an earlier run has begun.
///
/// Order, and what is durable: intention -> CreateMultipartUpload -> upload id -> parts -> their records ->
/// CompleteMultipartUpload -> intention closed. A run that is stopped leaves everything as it is; a file that fails
/// aborts its upload.
struct MultipartFile<Source: PartSource, Ledger: TransferLedger>: Sendable {
    let target: UploadTarget
    let file: FileTransfer
    let source: Source
    let location: ObjectLocation
    let ledger: Ledger

    var s3: S3Client { target.client.s3 }

    func permit(_ attempt: Int) async throws -> Permit { try await ledger.permit(.startedFile, at: target.client.name) }

    func run() async throws -> FileResult {
        guard let begun = file.multipart else { return try await moveAnew(reached: file.countedBytes) }
        guard begun.identity == source.identity else {
            let failure = Failure(
                .sourceChanged, "the source changed while its upload was interrupted", retryable: true)
            return try await target.giveUp(begun, of: file, at: location, failure, ledger: ledger)
        }
        let plan = PartPlan(objectSize: begun.identity.size, storedPartSize: begun.partSize)
        let recorded = try await ledger.recordedParts(of: file)
        let reached = max(file.countedBytes, recorded.reduce(0) { $0 + $1.range.count })
        do {
            if let kept = try await partsToKeep(recorded, of: begun) {
                return try await move(begun, plan, kept, reached: reached)
            }
            // The upload is gone: completed just before the end of an earlier run, or else the file starts anew.
            if let done = try await resultOfLostReply(recorded, plan) { return done }
        } catch let error as S3Error where error.code != .cancelled && error.code != .stopped {
            return try await target.giveUp(begun, of: file, at: location, Failure(error), ledger: ledger)
        }
        try await ledger.restart(file)
        try await ledger.closeUpload(of: file)
        return try await moveAnew(reached: reached)
    }

    /// - Parameter reached: in bytes, what earlier uploads of the file have brought to the store.
    private func moveAnew(reached: Int64) async throws -> FileResult {
        guard
            let plan = PartPlan(objectSize: source.identity.size, preferredPartSize: source.partSize)
        else {
            throw Failure(.storeError, "the source has \(source.identity.size) bytes, S3 holds at most 48.8 TiB")
        }
        let upload: MultipartUpload
        do {
            upload = try await begin(plan)
        } catch let error as S3Error where error.code != .cancelled && error.code != .stopped {
            var result = FileResult.failed(Failure(error), size: file.size)
            result.acknowledgedBytes = min(reached, file.size)
            return result
        }
        return try await move(upload, plan, KeptParts(), reached: reached)
    }

    private func begin(_ plan: PartPlan) async throws -> MultipartUpload {
        try await ledger.intendUpload(of: file, at: location)
        let uploadID: UploadID
        let sent = Atomic(0)
        do {
            uploadID = try await s3.createMultipartUpload(
                location, attributes: source.attributes, checksum: source.checksum
            ) { attempt in
                let permit = try await ledger.permit(
                    attempt > 1 ? .startedFile : .newFile(size: plan.objectSize), at: target.client.name)
                sent.store(attempt, ordering: .relaxed)
                return permit
            }
        } catch {
            // Never sent, or refused at once: there is nothing to look for later.
            let attempts = sent.load(ordering: .relaxed)
            let wasRefused = error.status.map { (400..<500).contains($0) } ?? false
            if attempts == 0 || (attempts == 1 && wasRefused) { try await ledger.closeUpload(of: file) }
            throw error
        }
        let upload = MultipartUpload(uploadID: uploadID, partSize: plan.partSize, identity: source.identity)
        // An attempt whose reply was lost may have made an upload, too.
        try await ledger.recordUpload(
            upload, of: file, plan: plan, mayHaveMore: sent.load(ordering: .relaxed) > 1)
        return upload
    }

    // MARK: Going on

    /// Parts that need not be sent again.
    struct KeptParts {
        var parts: [PartNumber: CompletedPart] = [:]
        var bytes: Int64 = 0
    }

    /// Recorded parts that the store still has with the same size and ETag; nil when it does not know the upload.
    private func partsToKeep(_ recorded: [Part], of begun: MultipartUpload) async throws -> KeptParts? {
        var kept = KeptParts()
        var listed: [PartPage.Part] = []
        do {
            var marker: PartNumber?
            repeat {
                let page = try await s3.listParts(begun.uploadID, location, after: marker, acquire: permit)
                listed += page.parts
                marker = page.nextMarker
            } while marker != nil
        } catch {
            if error.code == .noSuchUpload { return nil }
            throw error
        }
        let known = Dictionary(listed.map { ($0.number, $0) }) { _, last in last }
        for part in recorded {
            guard let etag = part.etag, let there = known[part.number], there.sizeInBytes == part.range.count,
                there.etag == etag
            else { continue }
            kept.parts[part.number] = CompletedPart(number: part.number, etag: etag, checksum: part.checksum)
            kept.bytes += part.range.count
        }
        return kept
    }

    /// The upload is gone because an earlier run has completed it, and died before that was recorded.
    private func resultOfLostReply(_ recorded: [Part], _ plan: PartPlan) async throws -> FileResult? {
        let parts = recorded.compactMap { part in
            part.etag.map { CompletedPart(number: part.number, etag: $0, checksum: part.checksum) }
        }
        guard let standing = try await objectOfLostReply(parts: parts, plan) else { return nil }
        try await ledger.closeUpload(of: file)
        let kept = KeptParts(bytes: plan.objectSize)
        let tally = PartTally(
            kept: Dictionary(uniqueKeysWithValues: parts.map { ($0.number, $0) }), keptBytes: kept.bytes,
            reached: plan.objectSize, limit: file.size)
        return succeeded(standing, plan, kept, tally)
    }

    // MARK: Parts

    private func move(
        _ upload: MultipartUpload, _ plan: PartPlan, _ kept: KeptParts, reached: Int64
    ) async throws -> FileResult {
        let tally = PartTally(kept: kept.parts, keptBytes: kept.bytes, reached: reached, limit: file.size)
        do {
            try await sendMissing(upload, plan, tally)
            try await source.verify()
            try await ledger.settleParts(of: file)
            let completed = try await complete(upload, plan, tally)
            try await ledger.closeUpload(of: file)
            return succeeded(completed, plan, kept, tally)
        } catch {
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            if let error = error as? S3Error, error.code == .cancelled || error.code == .stopped { throw error }
            try await abort(upload)
            return try failed(error, plan, tally)
        }
    }

    private func complete(
        _ upload: MultipartUpload, _ plan: PartPlan, _ tally: PartTally
    ) async throws -> StoredObject {
        let checksum = try fullChecksum(of: tally.parts, plan)
        do {
            return try await s3.completeMultipartUpload(
                upload.uploadID, location, parts: tally.parts, checksum: checksum,
                sizeInBytes: plan.objectSize, condition: target.condition,
                acquire: permit)
        } catch {
            guard error.code == .noSuchUpload,
                let standing = try await objectOfLostReply(parts: tally.parts, plan)
            else { throw error }
            return standing
        }
    }

    private func sendMissing(_ upload: MultipartUpload, _ plan: PartPlan, _ tally: PartTally) async throws {
        source.willSend()
        try await withThrowingDiscardingTaskGroup { group in
            for index in 0..<plan.count {
                let number = PartNumber(index + 1)
                if tally.has(number) { continue }
                try await ledger.takePlace()
                if Task.isCancelled {
                    ledger.giveBackPlace()
                    throw CancellationError()
                }
                group.addTask {
                    defer { ledger.giveBackPlace() }
                    try await send(number, of: upload, plan.range(of: number), tally)
                }
            }
        }
    }

    private func send(
        _ number: PartNumber, of upload: MultipartUpload, _ range: ByteRange, _ tally: PartTally
    ) async throws {
        let request = RequestInFlight(file: file, number: number, range: range, isMultipart: true)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let stored: CompletedPart
        do {
            stored = try await source.send(request, of: upload.uploadID, to: location, ledger: ledger)
        } catch let error as S3Error {
            throw request.reason(error)
        }
        acknowledged = range.count
        let share = tally.add(stored, bytes: range.count)
        tally.note(attempt: request.attempt)
        let part = Part(
            file: file.number, number: number, range: range, state: .succeeded, attempt: max(1, request.attempt),
            etag: stored.etag, checksum: stored.checksum)
        try await ledger.record(
            part, of: file, countsBytes: share.counts, reused: false, resentBytes: request.resentBytes + share.resent)
    }

    // MARK: The end

    private func succeeded(
        _ completed: StoredObject, _ plan: PartPlan, _ kept: KeptParts, _ tally: PartTally
    ) -> FileResult {
        var result = FileResult(.succeeded, size: plan.objectSize)
        result.attempts = tally.mostAttempts
        result.etag = completed.etag
        result.checksum = completed.checksum ?? checksum(of: tally.parts, plan)
        result.countsBytes = plan.objectSize - min(plan.objectSize, tally.counted)
        result.acknowledgedBytes = plan.objectSize
        result.reusedBytes = kept.bytes
        return result
    }

    /// What ends the file; the upload is aborted by now.
    private func failed(_ error: any Error, _ plan: PartPlan, _ tally: PartTally) throws -> FileResult {
        if let error = error as? S3Error, error.code == .preconditionFailed, target.spec.overwrite == .never {
            var result = FileResult.skipped("exists", size: plan.objectSize)
            result.acknowledgedBytes = tally.counted
            return result
        }
        guard let failure = Failure(ending: error) else { throw CancellationError() }
        var result = FileResult.failed(failure, size: file.size)
        result.attempts = tally.mostAttempts
        result.acknowledgedBytes = tally.counted
        return result
    }

    /// Aborts the upload. If that can't be done now the intention stays open in the ledger, and is tried again later.
    private func abort(_ upload: MultipartUpload) async throws {
        if await target.client.abort(upload.uploadID, of: location, acquire: permit) {
            try await ledger.closeUpload(of: file)
        }
    }
}
