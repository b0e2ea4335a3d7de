import HTTPServer
import HTTPTypes
import Model
import Scheduling
import Storage

extension Router {
    func getJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let id = try call.jobID()
        let head = call.request.head.headerFields
        let known = head[.ifNoneMatch]
        let wait = Preference.waitInSeconds(head[.prefer])
        let status =
            if let wait {
                try await self.status(id, call.caller.reach, waiting: .seconds(wait), known: known)
            } else {
                try await scheduler.status(id, for: call.caller.reach)
            }
        var fields: HTTPFields = [.vary: "Accept, Prefer"]
        if let wait { fields[.preferenceApplied] = "wait=\(wait)" }
        if let known, EntityTag(status.entityRevision).isNamed(by: known) {
            for field in Self.fields(of: status) { fields[field.name] = field.value }
            return ServerResponse(status: .notModified, headerFields: fields)
        }
        if Accept.choose(head[.accept], from: [.json, .text]) == .text {
            for field in Self.fields(of: status) { fields[field.name] = field.value }
            let parts = scheduler.liveParts(of: status.job.number).sorted {
                PartRow($0).position < PartRow($1).position
            }
            return .bytes(.ok, .text, JobText.render(status, parts: parts), fields: fields)
        }
        return job(status, .ok, fields: fields)
    }

    /// The job once it has ended, or once it is no longer what the caller knows; at the latest after `limit`.
    ///
    /// The watermark is read before the status: a commit between the two wakes the wait at once, one before both is in
    /// the status already.
    private func status(
        _ id: JobID, _ reach: Reach, waiting limit: Duration, known: String?
    ) async throws -> JobStatus {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: limit)
        while true {
            let watermark = store.watermark
            let status = try await scheduler.status(id, for: reach)
            let isWorthIt = known.map { !EntityTag(status.entityRevision).isNamed(by: $0) } ?? status.job.state.isFinal
            let left = clock.now.duration(to: deadline)
            if isWorthIt || left <= .zero || scheduler.isDraining || Task.isCancelled { return status }
            // Counters move the entity tag up to a second after the last commit, so that wait looks again by itself.
            let number = status.job.number
            let interest: ChangeFeed.Interest = known == nil ? .jobEvents(number) : .job(number)
            let longest: Duration = known == nil ? left : min(left, .seconds(1))
            let began = clock.now
            await scheduler.feed.wait(for: interest, beyond: watermark, timeout: longest)
            // Counters move many times a second, a job's own row a few times in all: its end is told at once.
            if known == nil { continue }
            try? await clock.sleep(until: min(deadline, began.advanced(by: .milliseconds(50))), tolerance: nil)
        }
    }
}
