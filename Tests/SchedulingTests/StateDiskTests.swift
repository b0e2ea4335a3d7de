import DevStore
import GRDB
import Model
import Testing

@testable import Scheduling
@testable import Storage

/// A state directory that takes nothing for a while.
@Suite(.timeLimit(.minutes(5))) struct StateDiskTests {
    enum Fault: String, CaseIterable, Sendable {
        case full = "state_disk_full"
        case readOnly = "state_disk_read_only"

        var begins: String { self == .full ? "PRAGMA max_page_count = 1" : "PRAGMA query_only = 1" }
        var ends: String { self == .full ? "PRAGMA max_page_count = 1000000" : "PRAGMA query_only = 0" }
    }

    private func pragma(_ service: Service, _ sql: String) async throws {
        try await service.store.pool.writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    /// A job of two small files at a time and one of parts, with as many requests held as it may have.
    private func begin(_ world: World, _ service: Service) async throws -> JobID {
        for index in 0..<60 { try world.tree.file("f\(index)", 1_000 + index) }
        try world.tree.file("large", 6 * Int(World.partSize))
        world.devStore.faults.set([FaultRule(from: 8, count: 2).silent(executes: true)])
        let id = try await service.submit(world.spec { $0.concurrency = 2 })
        _ = try await service.status(id) { $0.job.scanComplete }
        await world.held(2)
        return id
    }

    /// Records that make the database grow, so that a full one notices.
    private func refused(_ world: World, _ service: Service) async throws {
        world.devStore.faults.release()
        while service.store.refusal == nil {
            let grow = (0..<200).map { ScannedFile(path: Array("nobody/\($0)".utf8), size: 1) }
            _ = try? await service.store.addFiles(JobNumber(99), grow)
            _ = try? await service.store.submit(
                Submission(
                    id: JobID("more-\(UInt64.random(in: 0...UInt64.max))")!,
                    spec: world.spec { $0.metadata = ["a": String(repeating: "x", count: 2_000)] },
                    idempotencyKey: nil, createTime: Timestamp(microseconds: 0)),
                maximumQueued: 100_000)
        }
    }

    /// Only on the one that takes nothing at all: SQLite may write again within the pages that it has.
    @Test func jobsWaitAndGoOnByThemselves() async throws {
        let fault = Fault.readOnly
        try await World.with { world in
            try await world.serve { service in
                let id = try await begin(world, service)
                try await pragma(service, fault.begins)
                try await refused(world, service)
                let status = try await service.scheduler.status(id)
                #expect(status.waitingFor == .stateDisk && status.job.stateReason == fault.rawValue)
                #expect(status.job.state == .running)
                #expect(service.scheduler.unreadyReason?.contains("state directory") == true)
                await #expect(throws: SchedulerError.self) { _ = try await service.scheduler.submit(world.spec()) }
                await world.devStore.wait { $0.inFlight.now == 0 }
                let sent = world.devStore.statistics.total
                for _ in 0..<2_000 { await Task.yield() }
                #expect(world.devStore.statistics.total == sent, "requests are sent that can't be recorded")

                try await pragma(service, fault.ends)
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.stateReason == nil && job.counters.bytesResent == 0)
                #expect(service.scheduler.unreadyReason == nil)
            }
            #expect(
                world.devStore.statistics.count(.putObject) == 60 && world.devStore.statistics.count(.uploadPart) == 6)
            try await world.expectIdenticalTree()
        }
    }

    @Test(arguments: Fault.allCases)
    func aServiceStopsOnADiskThatTakesNothing(fault: Fault) async throws {
        try await World.with { world in
            let id = try await world.serve(drainWithin: .zero) { service in
                let id = try await begin(world, service)
                try await pragma(service, fault.begins)
                try await refused(world, service)
                return id
            }
            try await world.serve { service in
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded)
            }
            try await world.expectIdenticalTree()
        }
    }
}
