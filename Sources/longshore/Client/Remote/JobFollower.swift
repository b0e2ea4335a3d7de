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

    /// What one opening of the stream brought.
    private struct Heard {
        var end = EventReader.End.complete
        var hasEvents = false
        var isDeleted = false
        /// As it ended.
        var job: RemoteJob?
    }

    /// Shows every event, and at last the job as it ended.
    ///
    /// - Throws: `ClientError` when the job is gone, the service refuses, or it was away for too long.
    func follow(_ display: any JobDisplay) async throws(ClientError) -> RemoteJob {
        var lastEventID: String?
        var absence = Absence(patience: patience)
        var vain = 0
        var isKnown = false
        while true {
            let heard = await listen(&lastEventID, display)
            if heard.isDeleted { throw ClientError(.refused, "The job \(id) was deleted.") }
            if let job = heard.job { return job }
            vain = heard.hasEvents ? 0 : vain + 1
            if heard.hasEvents { absence.end() }
            switch heard.end {
            case .nothingLeft: return try await client.job(id).job
            case .refused(let error) where error.code != "DRAINING": throw error
            case .refused(let error), .cut(let error):
                // Nothing is waited for that may never have been there.
                if !isKnown, !heard.hasEvents { _ = try await client.job(id) }
                await display.lost(error)
                try await pause(&absence, error)
            // A service that stops ends its streams.
            case .complete: try await pause(&absence, nil)
            }
            isKnown = true
            if vain > 0, let job = try await poll(display, absence: &absence, forGood: vain >= Self.vainStreams) {
                return job
            }
        }
    }

    private func listen(_ lastEventID: inout String?, _ display: any JobDisplay) async -> Heard {
        let path = "/v1/jobs/\(id)/events?interval_ms=250&types=" + types.joined(separator: ",")
        var heard = Heard()
        heard.end = await EventReader(channel: client.channel).read(path, lastEventID: &lastEventID) { event in
            guard let event = RemoteEvent(event) else { return }
            heard.hasEvents = true
            if event.name == "job.deleted" { heard.isDeleted = true }
            // A snapshot has no id: what comes behind it is still to be shown.
            if event.id != nil, let job = event.job, job.isDone { heard.job = job }
            await display.show(event)
        }
        return heard
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
