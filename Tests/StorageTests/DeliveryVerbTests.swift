import Model
import Synchronization
import Testing

@testable import Storage

/// The outbox of webhooks.
struct DeliveryVerbTests {
    private let url = "https://h.example/x"

    private func job(
        _ world: World, _ store: JobStore, _ id: String = "job", url: String? = nil, events: [String] = ["job.finished"]
    ) async throws -> Job {
        let submission = world.submission(id) { $0.webhook = JobSpec.Webhook(url: url ?? self.url, events: events) }
        guard case .created(let job, _) = try await store.submit(submission, maximumQueued: 1_000) else {
            throw Unexpected("the job was there already")
        }
        return job
    }

    private func end(_ store: JobStore, _ job: Job) async throws {
        _ = try await store.begin(job.number)
        try await store.finishScan(job.number)
        _ = try await store.end(job.number, with: nil, settled: true)
    }

    private func due(
        _ store: JobStore, _ world: World, except: Set<Int64> = [], limit: Int = 100, room: Int = 100
    ) async throws -> DueDeliveries {
        try await store.dueDeliveries(at: world.clock.withLock { $0 }, except: except, limit: limit) { _ in room }
    }

    private func attempt(
        _ world: World, _ number: Int64, _ state: Delivery.State, next: Duration? = nil
    ) -> DeliveryAttempt {
        let now = world.clock.withLock { $0 }
        return DeliveryAttempt(
            number: number, state: state, status: 500, error: "no", nextAttemptTime: next.map { now.advanced(by: $0) },
            time: now)
    }

    @Test func theEndOfAJobIsInTheOutboxWithIt() async throws {
        let world = try World()
        let store = try world.open()
        let job = try await job(world, store)
        #expect(try await due(store, world).deliveries.isEmpty)
        try await end(store, job)
        let found = try await due(store, world).deliveries
        #expect(found.count == 1 && found[0].jobID == job.id && found[0].event == "job.finished")
        #expect(found[0].origin == "https://h.example:443" && found[0].url == url && found[0].tries == 0)
        let body = String(decoding: found[0].body, as: UTF8.self)
        #expect(body == #"{"type":"job.finished","timestamp":"1970-01-01T00:00:01.000Z","data":"job"}"#)
        #expect(world.commits.withLock { $0.last?.hasDeliveries } == true)
        #expect(store.statistics.pendingDeliveries == 1)
        await store.close()
        let again = try world.open()
        #expect(try await due(again, world).deliveries.map(\.id) == found.map(\.id))
        #expect(again.statistics.pendingDeliveries == 1)
        await again.close()
    }

    @Test func eachEventThatWasAskedForIsToldOnce() async throws {
        let world = try World()
        let store = try world.open()
        let job = try await job(
            world, store, events: ["job.running", "job.paused", "job.cancelled", "job.failed", "job.finished"])
        _ = try await store.begin(job.number)
        // As after a restart of the service.
        _ = try await store.begin(job.number)
        _ = try await store.setState(job.number, to: .paused, from: [.running])
        _ = try await store.setState(job.number, to: .cancelled, from: [.paused])
        let events = try await store.deliveries(of: job.number, limit: 10).map(\.event)
        #expect(events == ["job.running", "job.paused", "job.cancelled", "job.finished"])
        await store.close()
    }

    @Test func anAttemptIsRecordedAndSentAgainWhenItIsDue() async throws {
        let world = try World()
        let store = try world.open()
        try await end(store, try await job(world, store))
        let number = try await due(store, world).deliveries[0].number
        try await store.record(attempt(world, number, .pending, next: .seconds(5)))
        let waiting = try await due(store, world)
        #expect(waiting.deliveries.isEmpty && waiting.next == world.clock.withLock { $0 }.advanced(by: .seconds(5)))
        world.advance(.seconds(5))
        #expect(try await due(store, world).deliveries[0].tries == 1)
        try await store.record(attempt(world, number, .delivered))
        #expect(try await due(store, world).deliveries.isEmpty && store.statistics.pendingDeliveries == 0)
        let shown = try await store.deliveries(of: JobNumber(1), limit: 10)[0]
        #expect(shown.state == .delivered && shown.attempts == 2 && shown.nextAttemptTime == nil)
        await store.close()
    }

    @Test func aReceiverWithManyLeavesRoomForOthers() async throws {
        let world = try World()
        let store = try world.open()
        for index in 0..<20 {
            try await end(store, try await job(world, store, "a\(index)", url: "https://a.example/"))
        }
        try await end(store, try await job(world, store, "b", url: "https://b.example/"))
        let found = try await due(store, world, room: 3).deliveries
        #expect(found.map(\.origin) == Array(repeating: "https://a.example:443", count: 3) + ["https://b.example:443"])
        let busy = Set(found.map(\.number))
        let more = try await due(store, world, except: busy, room: 2).deliveries
        #expect(more.count == 2 && busy.isDisjoint(with: more.map(\.number)))
        #expect(try await due(store, world, limit: 2).deliveries.count == 2)
        await store.close()
    }

    @Test func aReceiverThatWantsNoMoreGetsNoMoreOfTheJob() async throws {
        let world = try World()
        let store = try world.open()
        let first = try await job(world, store, "a", events: ["job.running", "job.succeeded", "job.finished"])
        let other = try await job(world, store, "b")
        _ = try await store.begin(first.number)
        _ = try await store.setState(first.number, to: .failed, from: [.running])
        let pending = try await store.deliveries(of: first.number, limit: 10)
        try await store.record(attempt(world, pending[0].number, .disabled))
        _ = try await store.startAttempt(first.number)
        try await end(store, first)
        try await end(store, other)
        let states = try await store.deliveries(of: first.number, limit: 10).map(\.state)
        #expect(!states.isEmpty && states.allSatisfy { $0 == .disabled })
        #expect(try await due(store, world).deliveries.map(\.jobID) == [other.id])
        #expect(store.statistics.pendingDeliveries == 1)
        await store.close()
    }

    @Test func aReplayIsDueAtOnceWithTheSameIDAndTheWholeSchedule() async throws {
        let world = try World()
        let store = try world.open()
        let first = try await job(world, store)
        try await end(store, first)
        let sent = try await due(store, world).deliveries[0]
        try await store.record(attempt(world, sent.number, .failed))
        let replayed = try #require(try await store.replay(sent.id, of: first.number))
        #expect(replayed.state == .pending && replayed.attempts == 1)
        let again = try await due(store, world).deliveries[0]
        #expect(again.id == sent.id && again.body == sent.body && again.tries == 0)
        #expect(world.commits.withLock { $0.last?.hasDeliveries } == true)
        let other = try await job(world, store, "other")
        #expect(try await store.replay(sent.id, of: other.number) == nil)
        #expect(try await store.replay("msg_x", of: first.number) == nil)
        await store.close()
    }

    @Test func aJobIsKeptUntilItsWebhookWasToldAndItsMessagesGoWithIt() async throws {
        let world = try World()
        let store = try world.open()
        let first = try await job(world, store)
        try await end(store, first)
        world.advance(.seconds(100))
        let now = world.clock.withLock { $0 }
        #expect(try await store.purge(endedBefore: now, limit: 10) == 0)
        let number = try await due(store, world).deliveries[0].number
        try await store.record(attempt(world, number, .delivered))
        #expect(try await store.purge(endedBefore: now, limit: 10) == 1)
        let second = try await job(world, store, "second")
        try await end(store, second)
        #expect(try await store.delete(second.number))
        #expect(try await due(store, world).deliveries.isEmpty && store.statistics.pendingDeliveries == 0)
        // Its row is gone: a result that comes late finds nothing.
        try await store.record(attempt(world, number + 1, .pending, next: .seconds(1)))
        #expect(store.statistics.pendingDeliveries == 0)
        await store.close()
    }
}
