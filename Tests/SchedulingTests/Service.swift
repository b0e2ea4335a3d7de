import DevStore
import Files
import Foundation
import Logging
import Model
import S3Client
import Storage
import Testing
import Transfers

@testable import Scheduling

/// One life of a service in a `World`: all of it but HTTP.
struct Service: Sendable {
    let store: JobStore
    let feed: ChangeFeed
    let permits: PermitPool
    let scheduler: Scheduler
    private let readers: ReaderPool

    fileprivate init(_ world: World, _ configuration: SchedulerConfiguration) throws {
        let now: @Sendable () -> Timestamp = {
            Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        }
        let feed = ChangeFeed()
        self.feed = feed
        readers = try ReaderPool(threads: 2)
        permits = PermitPool(cap: configuration.concurrency)
        store = try JobStore(directory: world.stateDirectory, now: now) { feed.announce($0) }
        let s3 = try World.client(world.devStore, world.transport, isSecure: world.isSecure) {
            [permits] round, after in
            permits.throttled(.default, round: round, after: after)
        }
        var clients = [TransferClient(name: .default, endpoint: world.devStore.endpoint, region: "us-east-1", s3: s3)]
        if let other = world.other {
            let s3 = try World.client(other, world.transport, name: World.otherStore) { [permits] round, after in
                permits.throttled(World.otherStore, round: round, after: after)
            }
            clients.append(
                TransferClient(name: World.otherStore, endpoint: other.endpoint, region: "us-east-1", s3: s3))
        }
        scheduler = Scheduler(
            configuration: configuration, store: store, feed: feed, permits: permits, clients: clients,
            tenants: TenantTable(standard: TenantRights(roots: try RootSet([world.tree.path]))), readers: readers,
            now: now,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    fileprivate func close() async {
        feed.close()
        await readers.stop()
        await store.close()
    }

    // MARK: Jobs

    func submit(_ spec: JobSpec) async throws -> JobID {
        guard case .created(let status) = try await scheduler.submit(spec) else { throw Unexpected("not created") }
        return status.job.id
    }

    /// Submits and waits for the end.
    func run(_ spec: JobSpec) async throws -> Job { try await ended(submit(spec)) }

    func ended(_ id: JobID) async throws -> Job { try await status(id) { $0.job.state.isFinal }.job }

    func reached(_ id: JobID, _ state: JobState) async throws -> Job {
        try await status(id) { $0.job.state == state }.job
    }

    /// A job that was told to pause and has nothing in flight any more, resumed. One whose last request was in flight may
    /// come to its end first: then there is nothing to resume.
    func pausedAndResumed(_ id: JobID, atRest: (Job) async throws -> Void) async throws {
        let job = try await status(id) { $0.job.state == .paused || $0.job.state.isFinal }.job
        try await atRest(job)
        if job.state == .paused {
            _ = try await scheduler.resume(id)
        } else {
            #expect(job.state == .succeeded && job.counters.filesSucceeded == job.counters.filesTotal)
        }
    }

    /// The job once `isReached`: looked at after each commit that touches it.
    func status(_ id: JobID, isReached: (JobStatus) -> Bool) async throws -> JobStatus {
        var watch = JobWatch()
        while true {
            let watermark = store.watermark
            let status = try await scheduler.status(id)
            watch.look(status.job)
            if isReached(status) { return status }
            await feed.wait(for: .job(status.job.number), beyond: watermark)
            try Task.checkCancellation()
        }
    }

    func files(_ job: Job) async throws -> FileRows {
        FileRows(all: try await store.files(job.number, limit: 10_000))
    }
}

/// A job's files. Looked up by bytes: two names may be one and the same text to Swift.
struct FileRows: Sendable {
    let all: [FileTransfer]

    subscript(path: String) -> FileTransfer? { all.first { $0.path == Array(path.utf8) } }
}

extension World {
    /// Starts a service on this world's state directory; when `body` is through it is drained and closed. What it finds
    /// there from an earlier one goes on.
    @discardableResult
    func serve<Value: Sendable>(
        _ configuration: SchedulerConfiguration = SchedulerConfiguration(), drainWithin limit: Duration = .seconds(20),
        _ body: (Service) async throws -> Value
    ) async throws -> Value {
        let service = try Service(self, configuration)
        let result: Result<Value, any Error>
        (result, _) = try await withThrowingTaskGroup { group in
            group.addTask { try await service.scheduler.run() }
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(service))
            } catch {
                result = .failure(error)
            }
            await service.scheduler.drain(within: limit)
            return (result, try await group.waitForAll())
        }
        #expect(service.permits.inFlight == 0, "permits are left")
        #expect(openFiles().isEmpty, "descriptors are left")
        await service.close()
        return try result.get()
    }
}
