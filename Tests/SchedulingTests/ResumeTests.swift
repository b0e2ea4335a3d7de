import DevStore
import Model
import Storage
import Testing

@testable import Scheduling

/// What happened to the file or to its upload while nothing ran.
@Suite(.timeLimit(.minutes(5))) struct ResumeTests {
    enum Mishap: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case changed, shrunk, vanished, swapped, uploadGone, uploadDenied

        var testDescription: String { rawValue }

        /// Nil: the job succeeds all the same.
        var failure: Failure.Code? {
            switch self {
            case .changed, .shrunk: .sourceChanged
            case .vanished: .sourceVanished
            case .swapped: .sourceUnreadable
            case .uploadGone: nil
            case .uploadDenied: .accessDenied
            }
        }
    }

    @Test(arguments: Mishap.allCases)
    func aHalfMovedFileEndsAsItMustAndTheTotalsAddUp(mishap: Mishap) async throws {
        try await World.with { world in
            try world.makeTree()
            try await world.serve { service in
                let id = try await world.submit(service, at: .thirdPart)
                _ = try await service.scheduler.pause(id)
                world.devStore.faults.release()
                _ = try await service.reached(id, .paused)
                let uploads = try await world.openUploads()
                #expect(uploads.count == 1)
                switch mishap {
                case .changed: try world.tree.append("large", [1])
                case .shrunk: try world.tree.file("large", 9)
                case .vanished: try world.tree.remove("large")
                case .swapped:
                    try world.tree.remove("large")
                    try world.tree.fifo("large")
                case .uploadGone: for upload in uploads { try await world.abort(upload, "p/large") }
                case .uploadDenied:
                    world.devStore.faults.set([FaultRule(.listParts, count: 1).failing(403, "AccessDenied")])
                }
                _ = try await service.scheduler.resume(id)
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(files["large"]?.failure?.code == mishap.failure)
                #expect(job.state == (mishap.failure == nil ? .succeeded : .partiallySucceeded))
                if mishap == .uploadGone {
                    #expect(job.counters.partsTotal == Step.parts && job.counters.partsSucceeded == Step.parts)
                    #expect(job.counters.bytesReused == 0)
                    // Three parts went twice; the shorter last one may have been among the first three.
                    #expect([0, 5].contains(3 * Int(World.partSize) - job.counters.bytesResent))
                }
                #expect(try await service.store.openIntentions(job.number).isEmpty)
                #expect(try await world.openUploads().isEmpty)
            }
        }
    }

    /// The sizes of the job's totals must survive the stop, too.
    @Test func aFileThatGrewBeforeItWasOpenedGoesOnAfterARestart() async throws {
        try await World.with { world in
            for index in 0..<19 { try world.tree.file("f\(index)", 100) }
            try world.tree.file("z", 7)
            world.devStore.faults.set([
                FaultRule(.putObject, count: 1).silent(executes: true),
                FaultRule(.uploadPart, from: 3, count: 1).silent(executes: true),
            ])
            let id = try await world.serve { service in
                let id = try await service.submit(world.spec { $0.concurrency = 1 })
                await world.held(1)
                _ = try await service.status(id) { $0.job.scanComplete }
                try world.tree.append("z", [UInt8](repeating: 7, count: 5 * Int(World.partSize)))
                world.devStore.faults.release()
                await world.held(1)
                async let drained: Void = service.scheduler.drain(within: .seconds(60))
                while !service.scheduler.isDraining { await Task.yield() }
                world.devStore.faults.release()
                await drained
                return id
            }
            try await world.serve { service in
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.counters.bytesReused == 3 * Int(World.partSize))
            }
            try await world.expectIdenticalTree()
        }
    }

    @Test func aScanThatWasInterruptedGoesOnWithoutListingTwice() async throws {
        try await World.with { world in
            for index in 0..<2_500 { try world.tree.file("d\(index % 7)/f\(index)", 1) }
            let id = try await world.serve(drainWithin: .zero) { service in
                let id = try await service.submit(world.spec())
                _ = try await service.status(id) { $0.job.counters.filesTotal > 0 }
                return id
            }
            try await world.serve { service in
                let job = try await service.ended(id)
                #expect(job.state == .succeeded && job.counters.filesTotal == 2_500)
                expectExactAccounts(job, try await service.files(job).all)
            }
            #expect(try await world.keys().count == 2_500)
        }
    }
}
