import API
import Model

/// Follows a job to its end: over its stream, which is taken up again where it was cut, and by long polls where no
/// stream comes through.
struct JobFollower: Sendable {
    /// The pause before a stream is opened again: doubled each time that none came, from and up to these.
    static let pauses = Duration.milliseconds(200)...Duration.seconds(5)
    /// So often the stream is tried in vain before polling is all that is done.
    private static let vainStreams = 3

    let client: APIClient
    let id: JobID
    /// The contract's `types`.
    let types: [String]
    /// How long the service may be away.
    let patience: Duration

    /// Shows every event, and at last the job as it ended.
    ///
    /// - Throws: `ClientError` when the job is gone, the service refuses, or it was away for too long.
    func follow(_ display: any JobDisplay) async throws(ClientError) -> RemoteJob {
        let path = "/v1/jobs/\(id)/events?interval_ms=250&types=" + types.joined(separator: ",")
        let reader = EventReader(channel: client.channel)
        var lastEventID: String?
        var absence = Absence(patience: patience)
        var vain = 0
        var hasAnswered = false
        while true {
            var last: RemoteJob?
            var isDeleted = false
            var hasEvents = false
            let end = await reader.read(path, lastEventID: &lastEventID) { event in
                guard let event = RemoteEvent(event) else { return }
                hasEvents = true
                if event.name == "job.deleted" { isDeleted = true }
                if let job = event.job, job.isDone, event.id != nil { last = job }
                await display.show(event)
            }
            if isDeleted { throw ClientError(.refused, "The job \(id) was deleted.") }
            if let last { return last }
            vain = hasEvents ? 0 : vain + 1
            if hasEvents { absence.end() }
            switch end {
            case .nothingLeft: return try await client.job(id).job
            case .refused(let error) where error.code != "DRAINING": throw error
            case .refused(let error), .cut(let error):
                // Nothing is waited for that may never have been there.
                if !hasAnswered, !hasEvents { _ = try await client.job(id) }
                await display.lost(error)
                try await pause(&absence, error)
            // A service that stops ends its streams.
            case .complete: try await pause(&absence, nil)
            }
            hasAnswered = true
            if vain > 0, let job = try await poll(display, absence: &absence, forGood: vain >= Self.vainStreams) {
                return job
            }
        }
    }

    /// Asks for the job at its next change, once or until it has ended. Nil when it goes on, or no answer came.
    private func poll(
        _ display: any JobDisplay, absence: inout Absence, forGood: Bool
    ) async throws(ClientError) -> RemoteJob? {
        var entityTag: String?
        repeat {
            let answer: (document: JSONValue?, entityTag: String?)
            do throws(ClientError) {
                answer = try await client.job(id, changedSince: entityTag, within: 10)
            } catch {
                guard error.outcome == .noConnection else { throw error }
                await display.lost(error)
                try await pause(&absence, error)
                continue
            }
            absence.end()
            entityTag = answer.entityTag
            guard let document = answer.document else { continue }
            await display.show(RemoteEvent(id: nil, name: "job.snapshot", data: document))
            if let job = RemoteJob(document), job.isDone { return job }
            // Counters move the tag once a second at most; what is in flight moves none.
        } while forGood && !Task.isCancelled
        return nil
    }

    private func pause(_ absence: inout Absence, _ error: ClientError?) async throws(ClientError) {
        if Task.isCancelled { throw error ?? ClientError(.noConnection, "No longer followed.") }
        guard let pause = absence.next(now: .now) else {
            throw ClientError(
                .noConnection, error?.message ?? "The service ended the stream again and again.",
                hint: "The job may go on. Once the service is back: longshore watch \(id)")
        }
        try? await Task.sleep(for: pause)
    }
}
