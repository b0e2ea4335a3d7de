import Model
import S3Client

/// The parts' way to the store.
extension MultipartFile {
    /// Every part that the store has of an upload; nil when it does not know the upload.
    func listedParts(of upload: UploadID) async throws -> [PartPage.Part]? {
        var listed: [PartPage.Part] = []
        var marker: PartNumber?
        do {
            repeat {
                let page = try await s3.listParts(upload, location, after: marker, acquire: permit)
                listed += page.parts
                marker = page.nextMarker
            } while marker != nil
        } catch {
            if error.code == .noSuchUpload { return nil }
            throw error
        }
        return listed
    }

    /// Parts that are missing for certain begin at once; meanwhile those are compared that the store has and no record
    /// knows.
    func sendMissing(_ session: UploadSession) async throws {
        source.willSend()
        let candidates = Set(session.kept.candidates.map(\.number))
        try await withThrowingDiscardingTaskGroup { group in
            if !candidates.isEmpty { group.addTask { try await confirmStored(session) } }
            for index in 0..<session.plan.count {
                let number = PartNumber(index + 1)
                if session.tally.has(number) || candidates.contains(number) { continue }
                try await takePlace()
                group.addTask {
                    defer { ledger.giveBackPlace() }
                    try await send(number, session)
                }
            }
        }
    }

    private func takePlace() async throws {
        try await ledger.takePlace()
        if Task.isCancelled {
            ledger.giveBackPlace()
            throw CancellationError()
        }
    }

    /// Reads again what the store has without a record of ours, one part after the other: an earlier run was stopped
    /// between the store's answer and its record, so they are no more than were in flight then.
    private func confirmStored(_ session: UploadSession) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for candidate in session.kept.candidates {
                try Task.checkCancellation()
                let range = session.range(of: candidate.number)
                if let confirmed = try await source.confirm(candidate, as: range) {
                    try await record(
                        confirmed, range, session,
                        share: session.tally.add(
                            confirmed, bytes: range.count, isReused: true), attempt: 1, resentBytes: 0)
                    continue
                }
                try await takePlace()
                group.addTask {
                    defer { ledger.giveBackPlace() }
                    try await send(candidate.number, session)
                }
            }
        }
    }

    func send(_ number: PartNumber, _ session: UploadSession) async throws {
        let range = session.range(of: number)
        let request = RequestInFlight(file: file, number: number, range: range, isMultipart: true)
        var acknowledged: Int64 = 0
        defer { ledger.ended(request, acknowledgedBytes: acknowledged) }
        let sent = try await sendHedged(request, session)
        acknowledged = range.count
        session.tally.note(attempt: sent.attempts)
        try await record(
            sent.part, range, session, share: session.tally.add(sent.part, bytes: range.count),
            attempt: sent.attempts, resentBytes: sent.wastedBytes)
    }

    private func record(
        _ stored: CompletedPart, _ range: ByteRange, _ session: UploadSession, share: PartTally.Share, attempt: Int,
        resentBytes: Int64
    ) async throws {
        let part = Part(
            file: file.number, number: stored.number, range: range, state: .succeeded, attempt: max(1, attempt),
            etag: stored.etag, checksum: stored.checksum)
        try await ledger.record(
            part, of: file, countsBytes: share.counts, isNew: share.isNew, resentBytes: resentBytes + share.resent)
    }
}
