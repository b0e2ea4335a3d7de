import DevStore
import Foundation
import Model
import Scheduling
import Storage

extension World {
    /// Returns once the script holds so many requests.
    func held(_ count: Int) async { await devStore.faults.waitUntilHeld(count) }

    /// How many requests the store has answered, once none is under way: a scripted answer counts after it was sent.
    func answered(_ operation: S3Operation) async -> Int {
        await devStore.wait { $0.inFlight.now == 0 }
        return devStore.statistics.count(operation)
    }

    /// Whether all permits and descriptors are given back, once whoever held them when the state was recorded, and a sweep
    /// that may be under way, have let go.
    func comesToRest(_ service: Service) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while service.permits.inFlight > 0 || !openFiles().isEmpty {
            if .now >= deadline { return false }
            try await Task.sleep(for: .milliseconds(2))
        }
        return true
    }
}

extension World {
    /// A paused job and the intention of an upload, as a service of some time ago has left them.
    func intend(_ key: String, ago: Duration, lostAgo: Duration) async throws -> JobID {
        @Sendable func now() -> Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
        let first = try JobStore(
            directory: stateDirectory, now: { now().advanced(by: .zero - ago) }, onCommit: { _ in })
        let submission = Submission(
            id: JobID("left")!, spec: spec(), idempotencyKey: nil, createTime: now().advanced(by: .zero - ago))
        guard case .created(let job, _) = try await first.submit(submission, maximumQueued: 1) else {
            throw Unexpected("not created")
        }
        _ = try await first.setState(job.number, to: .paused, from: [.queued])
        _ = try await first.intend(job.number, file: FileNumber(1), store: .default, location: location(key))
        await first.close()
        let second = try JobStore(
            directory: stateDirectory, now: { now().advanced(by: .zero - lostAgo) }, onCommit: { _ in })
        await second.close()
        return job.id
    }
}
