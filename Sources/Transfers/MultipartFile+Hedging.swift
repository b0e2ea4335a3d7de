import Model
import S3Client
import Synchronization

/// A part whose answer is late is sent a second time; the first answer counts.
extension MultipartFile {
    /// How a part came to the store.
    struct SentPart: Sendable {
        var part: CompletedPart
        /// Of both requests.
        var attempts: Int
        /// Sent by attempts that came to nothing, and by the request that lost.
        var wastedBytes: Int64
    }

    /// Which of both requests is over, and how; nil: no second one was sent.
    private typealias Lap = (request: RequestInFlight, answer: Result<CompletedPart, any Error>)?

    /// Returns once both requests are over: nothing of the part is on its way when the upload is completed. The second
    /// has a permit of its own, and the one that loses is cut.
    func sendHedged(_ request: RequestInFlight, _ session: UploadSession) async throws -> SentPart {
        guard source.mayHedge, ledger.bytesPerSecond == 0 else {
            let part = try await sendOnce(request, session).get()
            return SentPart(part: part, attempts: request.attempt, wastedBytes: request.resentBytes)
        }
        let second = RequestInFlight(
            file: file, number: request.number, range: request.range, isMultipart: true, isHedge: true)
        let (winner, part) = try await race(request, second, session)
        noteEnd(of: request)
        let loser = winner === request ? second : request
        if second.attempt > 0 { session.tally.noteHedged(request.number) }
        return SentPart(
            part: part, attempts: request.attempt + second.attempt,
            wastedBytes: request.resentBytes + second.resentBytes + (loser.attempt > 0 ? loser.bytesSent : 0))
    }

    private func race(
        _ request: RequestInFlight, _ second: RequestInFlight, _ session: UploadSession
    ) async throws -> (RequestInFlight, CompletedPart) {
        try await withThrowingTaskGroup(of: Lap.self) { group in
            group.addTask { (request, await sendOnce(request, session)) }
            group.addTask { try await sendIfLate(second, request, session) }
            var firstFailure: (any Error)?
            while let lap = try await group.next() {
                guard let lap else { continue }
                switch lap.answer {
                case .success(let part):
                    group.cancelAll()
                    return (lap.request, part)
                case .failure(let error):
                    if firstFailure != nil || lap.request === request && second.attempt == 0 {
                        group.cancelAll()
                        throw error is CancellationError ? error : firstFailure ?? error
                    }
                    firstFailure = error
                }
            }
            throw firstFailure ?? CancellationError()
        }
    }

    private func sendIfLate(
        _ second: RequestInFlight, _ request: RequestInFlight, _ session: UploadSession
    ) async throws -> Lap {
        guard try await isLate(request) else { return nil }
        let answer = await sendOnce(second, session)
        // The first was answered while the second was prepared or waited for its permit.
        if second.attempt == 0 { target.client.hedging.giveBackHedge(bytes: second.range.count) }
        return (second, answer)
    }

    private func sendOnce(
        _ request: RequestInFlight, _ session: UploadSession
    ) async -> Result<CompletedPart, any Error> {
        do {
            return .success(
                try await source.send(request, of: session.upload.uploadID, to: location, ledger: ledger))
        } catch let error as S3Error {
            return .failure(request.reason(error))
        } catch {
            return .failure(error)
        }
    }

    /// Waits until the request is late and a second one may be sent; false: it failed, and is repeated by itself. A
    /// service that was held up itself, as by a machine that stood still, first takes in what was answered meanwhile.
    private func isLate(_ request: RequestInFlight) async throws -> Bool {
        let hedging = target.client.hedging
        let bytes = request.range.count
        let interval = Duration.milliseconds(250)
        var wasHeldUp = false
        while request.attempt <= 1 {
            guard let began = request.beginTime, let patience = hedging.patience(bytes: bytes) else {
                // It waits for its permit, or too little is known yet.
                try await Task.sleep(for: interval)
                continue
            }
            let left = patience - began.duration(to: .now)
            if left <= .zero, !wasHeldUp, ledger.maySpare(at: target.client.name), hedging.takeHedge(bytes: bytes) {
                return true
            }
            let wakeTime = ContinuousClock.now + max(left, interval)
            try await Task.sleep(until: wakeTime)
            wasHeldUp = !wasHeldUp && wakeTime.duration(to: .now) > interval
        }
        return false
    }

    /// Only a request that was answered at its first attempt says how long one takes.
    private func noteEnd(of request: RequestInFlight) {
        guard request.attempt == 1, let began = request.beginTime else { return }
        target.client.hedging.ended(bytes: request.range.count, after: began.duration(to: .now))
    }
}
