import API
import HTTPTypes
import Model
import Synchronization
import Testing

@testable import longshore

/// Following a job over a connection that breaks.
struct JobFollowerTests {
    /// Answers in their order; the last one again and again.
    private final class ScriptedChannel: ServiceChannel {
        enum Step: Sendable {
            /// The events of a stream, then its end, or a cut.
            case stream([String], isCut: Bool)
            case noContent
            case gone
            case problem(Int, String)
        }

        struct Log {
            var lastEventIDs: [String?] = []
            var polls = 0
        }

        private let steps: Mutex<ArraySlice<Step>>
        private let documents: Mutex<ArraySlice<JSONValue>>
        let log = Mutex(Log())

        init(_ steps: [Step], polls documents: [JSONValue] = []) {
            self.steps = Mutex(steps[...])
            self.documents = Mutex(documents[...])
        }

        func call(_ head: HTTPRequest, body: [UInt8]) async throws(ClientError) -> ServiceReply {
            log.withLock { $0.polls += 1 }
            guard let document = documents.withLock({ $0.count > 1 ? $0.removeFirst() : $0.first }) else {
                throw ClientError(.noConnection, "nobody answers")
            }
            return ServiceReply(status: 200, headerFields: [.eTag: "W/\"1\""], body: document.line)
        }

        func stream(
            _ head: HTTPRequest, _ take: @escaping @Sendable ([UInt8]) -> Void
        ) async throws(ClientError) -> ServiceReply {
            log.withLock { $0.lastEventIDs.append(head.headerFields[.lastEventID]) }
            switch steps.withLock({ $0.count > 1 ? $0.removeFirst() : $0.first }) {
            case .stream(let events, let isCut)?:
                for event in events { take(Array(event.utf8)) }
                if isCut { throw ClientError(.noConnection, "the connection broke") }
                return ServiceReply(status: 200, headerFields: [:], body: [])
            case .noContent?: return ServiceReply(status: 204, headerFields: [:], body: [])
            case .problem(let status, let body)?:
                return ServiceReply(status: status, headerFields: [:], body: Array(body.utf8))
            case .gone?, nil: throw ClientError(.noConnection, "nobody answers")
            }
        }
    }

    private actor Seen: JobDisplay {
        var events: [RemoteEvent] = []
        var losses = 0
        func show(_ event: RemoteEvent) { events.append(event) }
        func lost(_ error: ClientError) { losses += 1 }
        func tick() {}
        func say(_ line: String) {}
        func finish(_ summary: JobSummary?) {}
    }

    private func event(_ id: Int?, _ name: String, _ document: JSONValue) -> String {
        (id.map { "id: \($0)\n" } ?? "")
            + "event: \(name)\ndata: \(String(decoding: document.line, as: UTF8.self))\n\n"
    }

    private func follow(
        _ channel: ScriptedChannel, patience: Duration = .seconds(60)
    ) async throws -> (job: RemoteJob, seen: Seen) {
        let seen = Seen()
        let id = try #require(JobID("01kjob"))
        let follower = JobFollower(
            client: APIClient(channel: channel), id: id, types: ["job.*"], patience: patience)
        return (try await follower.follow(seen), seen)
    }

    @Test(.timeLimit(.minutes(1))) func aCutStreamGoesOnBehindTheLastEvent() async throws {
        let running = try ClientSamples.document()
        let done = try ClientSamples.document(state: "succeeded", done: true)
        let channel = ScriptedChannel([
            .stream(
                [event(nil, "job.snapshot", running), event(3, "job.running", running), "id: 9\n: beat\n\n"],
                isCut: true),
            .stream([event(nil, "job.snapshot", running)], isCut: false),
            .stream([event(nil, "job.snapshot", done), event(12, "job.succeeded", done)], isCut: false),
        ])
        let (job, seen) = try await follow(channel)
        #expect(job.hasSucceeded)
        #expect(channel.log.withLock { $0.lastEventIDs } == [nil, "9", "9"])
        #expect(await seen.events.compactMap(\.id) == ["3", "12"])
        #expect(await seen.losses == 1, "a stream that ended is no loss")
    }

    @Test(.timeLimit(.minutes(1))) func nothingLeftMeansTheEndWasSeen() async throws {
        let done = try ClientSamples.document(state: "failed", done: true)
        let (job, _) = try await follow(ScriptedChannel([.noContent], polls: [done]))
        #expect(job.state == "failed")
    }

    @Test(.timeLimit(.minutes(1))) func pollsWhereNoStreamComesThrough() async throws {
        let running = try ClientSamples.document()
        let done = try ClientSamples.document(state: "succeeded", done: true)
        let channel = ScriptedChannel([.stream([], isCut: true)], polls: [running, running, running, running, done])
        let (job, seen) = try await follow(channel)
        #expect(job.hasSucceeded)
        #expect(channel.log.withLock { $0.lastEventIDs.count } == 3, "after three it only polls")
        #expect(channel.log.withLock { $0.polls } == 5)
        #expect(await seen.events.last?.job?.isDone == true)
    }

    @Test(.timeLimit(.minutes(1))) func endsWhenTheServiceIsAwayForTooLong() async throws {
        let snapshot = event(nil, "job.snapshot", try ClientSamples.document())
        await #expect {
            _ = try await follow(
                ScriptedChannel([.stream([snapshot], isCut: true), .gone]), patience: .milliseconds(300))
        } throws: { error in
            let error = error as? ClientError
            return error?.outcome == .noConnection && error?.hint?.contains("longshore watch 01kjob") == true
        }
    }

    @Test(.timeLimit(.minutes(1))) func doesNotWaitForAServiceThatWasNeverThere() async throws {
        await #expect(throws: ClientError(.noConnection, "nobody answers")) {
            _ = try await follow(ScriptedChannel([]), patience: .seconds(3_600))
        }
    }

    @Test(.timeLimit(.minutes(1))) func refusalsAndDeletionsEndIt() async throws {
        let refusal = #"{"title":"There is no such job","detail":"No.","code":"JOB_NOT_FOUND","status":404}"#
        await #expect(throws: Problem(ServiceReply(status: 404, headerFields: [:], body: Array(refusal.utf8))).error) {
            _ = try await follow(ScriptedChannel([.problem(404, refusal)]))
        }
        let running = try ClientSamples.document()
        let channel = ScriptedChannel([
            .stream([event(nil, "job.snapshot", running), "id: 5\nevent: job.deleted\ndata: {}\n\n"], isCut: false)
        ])
        await #expect(throws: ClientError(.refused, "The job 01kjob was deleted.")) { _ = try await follow(channel) }
    }

    @Test(.timeLimit(.minutes(1))) func aSlowReaderIsCutAndTakesTheRestLater() async throws {
        let done = try ClientSamples.document(state: "succeeded", done: true)
        let filler = String(repeating: "x", count: 1 << 20)
        let flood = (1...12).map { "id: \($0)\nevent: file.succeeded\ndata: {\"path\":\"\(filler)\"}\n\n" }
        let channel = ScriptedChannel([
            .stream(flood, isCut: false), .stream([event(99, "job.succeeded", done)], isCut: false),
        ])
        let (job, seen) = try await follow(channel)
        #expect(job.hasSucceeded)
        let ids = await seen.events.compactMap(\.id)
        // All of it comes before the reader has taken anything, or as much as it took meanwhile.
        let reached = channel.log.withLock { $0.lastEventIDs.last ?? nil }
        #expect(ids.dropLast().last == reached && ids == ids.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) })
    }
}
