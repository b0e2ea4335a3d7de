import DevStore
import Model
import Storage
import Testing

@testable import Scheduling

/// Commands that come while a run begins or ends.
@Suite(.timeLimit(.minutes(5))) struct CommandRaceTests {
    @Test func aJobThatIsTakenUpAgainAtOnceRuns() async throws {
        try await World.with { world in
            for index in 0..<40 { try world.tree.file("f\(index)", index) }
            try await world.serve { service in
                for round in 0..<15 {
                    let id = try await service.submit(world.spec { $0.concurrency = 2 })
                    for _ in 0..<3 {
                        // The run may have come to its end by itself.
                        let isLate = await (try? service.scheduler.pause(id)) == nil
                        let status = try await service.status(id) { $0.job.state == .paused || $0.job.state.isFinal }
                        if isLate || status.job.state.isFinal { break }
                        _ = try await service.scheduler.resume(id)
                    }
                    let job = try await service.ended(id)
                    #expect(job.state == .succeeded, "round \(round)")
                }
            }
        }
    }

    /// The last run has left and the next has not begun: nothing else would carry the pause out.
    @Test func aPauseBetweenTwoRunsIsCarriedOutAndAbortsNothing() async throws {
        try await World.with { world in
            try await world.serve { service in
                // What the service takes up at its start is taken up by then: the next job is nobody's but the test's.
                _ = try await service.run(world.spec())
                let submission = Submission(
                    id: JobID("between")!, spec: world.spec(), idempotencyKey: nil,
                    createTime: Timestamp(microseconds: 0))
                guard case .created(let job, _) = try await service.store.submit(submission, maximumQueued: 1) else {
                    throw Unexpected("not created")
                }
                _ = try await service.store.intend(
                    job.number, file: FileNumber(1), store: .default, location: world.location("p/large"))
                for (from, to) in [(JobState.queued, JobState.running), (.running, .pausing)] {
                    _ = try await service.store.setState(job.number, to: to, from: [from])
                }
                await service.scheduler.start(job.number, nil)
                #expect(try await service.store.job(job.number)?.state == .paused)
                #expect(try await service.store.openIntentions(job.number).map(\.lostTime) == [nil])
            }
        }
    }

    /// Two callers who do not know of each other, at a job of which nothing is in flight: each of its runs stops as soon as
    /// it is told to, and commands fall between the end of one and the start of the next.
    @Test(arguments: [PauseEnd.resumed, .paused, .cancelled])
    func pausesAndResumptionsInAnyOrderLeaveNoJobBehind(end: PauseEnd) async throws {
        try await World.with { world in
            try world.makeTree()
            try await world.serve { service in
                let id = try await world.submit(service, at: .betweenParts)
                for _ in 0..<10 {
                    await withTaskGroup { group in
                        for _ in 0..<2 {
                            group.addTask {
                                for _ in 0..<10 {
                                    _ = try? await service.scheduler.pause(id)
                                    _ = try? await service.scheduler.resume(id)
                                }
                            }
                        }
                    }
                    switch end {
                    case .resumed: _ = try await service.status(id) { [.queued, .running].contains($0.job.state) }
                    case .paused:
                        _ = try await service.scheduler.pause(id)
                        _ = try await service.reached(id, .paused)
                        _ = try await service.scheduler.resume(id)
                    case .cancelled: break
                    }
                }
                if end == .cancelled { _ = try await service.scheduler.cancel(id) }
                world.goOn(service)
                #expect(try await service.ended(id).state == (end == .cancelled ? .cancelled : .succeeded))
            }
            if end != .cancelled {
                #expect(world.devStore.statistics.count(.createMultipartUpload) == 1, "a pause has aborted an upload")
            }
        }
    }

    enum PauseEnd: CaseIterable { case resumed, paused, cancelled }

    @Test func aJobThatIsCancelledAtOnceMovesNothingAfterItsEnd() async throws {
        try await World.with { world in
            for index in 0..<20 { try world.tree.file("f\(index)", index) }
            try await world.serve { service in
                var jobs: [Job] = []
                for _ in 0..<60 {
                    let id = try await service.submit(world.spec())
                    _ = try await service.scheduler.cancel(id)
                    jobs.append(try await service.ended(id))
                }
                while !service.scheduler.table.all.isEmpty { await Task.yield() }
                try await service.store.flush()
                for job in jobs where job.state == .cancelled {
                    let now = try await service.store.job(job.number)
                    #expect(now?.changed == job.changed, "a cancelled job went on")
                }
            }
        }
    }
}
