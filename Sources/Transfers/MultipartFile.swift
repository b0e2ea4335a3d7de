import Model
import S3Client
import Synchronization

/// Moves one large file or object by a multipart upload, or goes on with one that an earlier run has begun.
///
/// Order, and what is durable: intention -> CreateMultipartUpload -> upload id -> parts -> their records ->
/// CompleteMultipartUpload -> intention closed. A run that is stopped leaves everything as it is; a file that fails
/// aborts its upload.
struct MultipartFile<Source: PartSource, Ledger: TransferLedger>: Sendable {
    /// Uploads that a run begins for one file while each is lost by no fault of the file's.
    static var mostUploads: Int { 3 }

    let target: UploadTarget
    let file: FileTransfer
    let source: Source
    let location: ObjectLocation
    let ledger: Ledger

    private enum Outcome {
        case ended(FileResult)
        /// Begin a new upload. `reached` in bytes, what the store has had of the file.
        case anew(reached: Int64)
    }

    var s3: S3Client { target.client.s3 }

    func permit(_ attempt: Int) async throws -> Permit { try await ledger.permit(.startedFile, at: target.client.name) }

    func run() async throws -> FileResult {
        var reached = file.countedBytes
        if let begun = file.multipart {
            switch try await goOn(begun) {
            case .ended(let result): return result
            case .anew(let earlier): reached = earlier
            }
        }
        var uploads = 1
        while true {
            switch try await moveAnew(reached: reached, mayRepeat: uploads < Self.mostUploads) {
            case .ended(let result): return result
            case .anew(let earlier): reached = earlier
            }
            uploads += 1
        }
    }

    private func goOn(_ begun: MultipartUpload) async throws -> Outcome {
        guard begun.identity == source.identity else {
            let failure = Failure(
                .sourceChanged, "the source changed while its upload was interrupted", retryable: true)
            return .ended(try await target.giveUp(begun, of: file, at: location, failure, ledger: ledger))
        }
        let plan = PartPlan(objectSize: begun.identity.size, storedPartSize: begun.partSize)
        let recorded = try await ledger.recordedParts(of: file)
        let reached = max(file.countedBytes, recorded.reduce(0) { $0 + $1.range.count })
        do {
            if let listed = try await listedParts(of: begun.uploadID) {
                let kept = KeptParts(recorded: recorded, listed: listed, plan: plan)
                let tally = PartTally(
                    kept: kept, recorded: Set(recorded.map(\.number)), reached: reached, limit: file.size)
                return try await move(
                    UploadSession(upload: begun, plan: plan, kept: kept, tally: tally, isResumed: true),
                    mayRepeat: true)
            }
            // The upload is gone: completed just before the end of an earlier run, or else the file starts anew.
            if let done = try await resultOfLostReply(begun, recorded, plan) { return .ended(done) }
        } catch let error as S3Error where error.code != .cancelled && error.code != .stopped {
            return .ended(try await target.giveUp(begun, of: file, at: location, Failure(error), ledger: ledger))
        }
        try await ledger.restart(file)
        try await ledger.closeUpload(of: file)
        return .anew(reached: reached)
    }

    /// - Parameter reached: in bytes, what earlier uploads of the file have brought to the store.
    private func moveAnew(reached: Int64, mayRepeat: Bool) async throws -> Outcome {
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
            return .ended(result)
        }
        let tally = PartTally(reached: reached, limit: file.size)
        return try await move(
            UploadSession(upload: upload, plan: plan, kept: KeptParts(), tally: tally, isResumed: false),
            mayRepeat: mayRepeat)
    }

    private func begin(_ plan: PartPlan) async throws -> MultipartUpload {
        try await ledger.intendUpload(of: file, at: location)
        let uploadID: UploadID
        let sent = Atomic(0)
        do {
            uploadID = try await s3.protecting(target.spec.checksum) { _, isOtherWay in
                try await s3.createMultipartUpload(
                    location, attributes: source.attributes, checksum: isOtherWay ? nil : source.checksum
                ) { attempt in
                    let permit = try await ledger.permit(
                        attempt > 1 || isOtherWay ? .startedFile : .newFile(size: plan.objectSize),
                        at: target.client.name)
                    // The most of one way: what was refused for its way has made nothing.
                    sent.max(attempt, ordering: .relaxed)
                    return permit
                }
            }
        } catch let error as S3Error {
            // Never sent, or refused at once: there is nothing to look for later.
            let attempts = sent.load(ordering: .relaxed)
            let wasRefused = error.status.map { (400..<500).contains($0) || $0 == 501 } ?? false
            if attempts == 0 || (attempts == 1 && wasRefused) { try await ledger.closeUpload(of: file) }
            throw error
        }
        let upload = MultipartUpload(uploadID: uploadID, partSize: plan.partSize, identity: source.identity)
        // An attempt whose reply was lost may have made an upload, too.
        try await ledger.recordUpload(
            upload, of: file, plan: plan, mayHaveMore: sent.load(ordering: .relaxed) > 1)
        return upload
    }

    /// - Parameter mayRepeat: whether a new upload may follow when this one is lost.
    private func move(_ session: UploadSession, mayRepeat: Bool) async throws -> Outcome {
        do {
            try await sendMissing(session)
            try await source.verify()
            try await ledger.settleParts(of: file)
            let completed = try await complete(session)
            try await ledger.closeUpload(of: file)
            return .ended(succeeded(completed, session))
        } catch {
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            if let error = error as? S3Error, error.code == .cancelled || error.code == .stopped { throw error }
            try await abort(session.upload)
            guard mayRepeat, let lost = error as? S3Error, lost.startsUploadAnew else {
                return .ended(try failed(error, session))
            }
            try await ledger.restart(file)
            return .anew(reached: session.tally.reached)
        }
    }

    // MARK: The end

    func succeeded(_ completed: StoredObject, _ session: UploadSession) -> FileResult {
        let (plan, tally) = (session.plan, session.tally)
        var result = FileResult(.succeeded, size: plan.objectSize)
        result.attempts = tally.mostAttempts
        result.etag = completed.etag
        // What nobody compared is not said.
        if target.spec.checksum != .none { result.checksum = completed.checksum ?? checksum(of: tally.parts, plan) }
        // Negative for a file that shrank after an earlier upload of it had come to nothing.
        result.countsBytes = plan.objectSize - tally.counted
        result.acknowledgedBytes = plan.objectSize
        result.reusedBytes = tally.reused
        return result
    }

    /// What ends the file; the upload is aborted by now.
    private func failed(_ error: any Error, _ session: UploadSession) throws -> FileResult {
        let tally = session.tally
        if let error = error as? S3Error, error.code == .preconditionFailed, target.spec.overwrite == .never {
            return .skipped("exists", size: session.plan.objectSize, counted: tally.counted)
        }
        guard let failure = Failure(ending: error) else { throw CancellationError() }
        var result = FileResult.failed(failure, size: file.size)
        result.attempts = max(failure.attempts, tally.mostAttempts)
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

extension S3Error {
    /// Whether the upload is lost and the file is not: somebody aborted it, or wrote the key meanwhile (AWS user guide,
    /// "Conditional requests").
    fileprivate var startsUploadAnew: Bool {
        code == .noSuchUpload || code == .conditionalConflict && operation == .completeMultipartUpload
    }
}
