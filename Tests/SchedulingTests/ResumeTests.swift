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

    // MARK: What the store has and no record knows

    enum Extra: String, CaseIterable, Sendable {
        /// Arrived, and the service died before it was recorded.
        case right
        case wrong, tooShort
        /// A recorded part was replaced by other bytes.
        case replaced
        /// Right, and the store does not let anybody tell.
        case opaque
    }

    @Test(arguments: Extra.allCases)
    func aPartWithoutARecordIsComparedAndKeptOrSentAgain(extra: Extra) async throws {
        let configure: @Sendable (inout DevStoreConfiguration) -> Void = { configuration in
            configuration.computesDefaultChecksum = false
            if extra == .opaque { configuration.etags = .opaque }
        }
        try await World.with(configure: configure) { world in
            let size = Int(World.partSize)
            try world.tree.file("large", Step.parts * size)
            world.devStore.faults.set([FaultRule(.uploadPart, from: 3, count: 1).silent(executes: true)])
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.concurrency = 1 })
                await world.held(1)
                service.permits.setCap(0)
                world.devStore.faults.release()
                _ = try await service.status(id) { $0.job.counters.partsSucceeded == 3 }
                _ = try await service.scheduler.pause(id)
                let paused = try await service.reached(id, .paused)
                service.permits.setCap(64)
                let upload = try #require(try await world.openUploads().first)
                let recorded = try await service.store.parts(paused.number, after: nil, limit: 10).map(\.part)
                    .filter { $0.state == .succeeded }.map(\.number)
                #expect(recorded.count == 3)
                let all = (1...Step.parts).map { PartNumber($0) }
                let number = try #require(
                    all.first { recorded.contains($0) == (extra == .replaced) })
                let whole = try #require(world.tree.contents()[Array("large".utf8)])
                var bytes = Array(whole[(number.rawValue - 1) * size..<number.rawValue * size])
                if extra == .wrong || extra == .replaced { bytes[0] ^= 1 }
                if extra == .tooShort { bytes.removeLast() }
                try await world.putPart(number, of: upload, "p/large", bytes)

                let before = world.devStore.statistics.count(.uploadPart)
                _ = try await service.scheduler.resume(id)
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded)
                let sent = world.devStore.statistics.count(.uploadPart) - before
                let kept = [.right: 4, .replaced: 2][extra] ?? 3
                #expect(sent == Step.parts - kept && job.counters.bytesReused == kept * size)
                #expect(job.counters.bytesResent == (extra == .replaced ? size : 0))
                #expect(job.counters.partsSucceeded == Step.parts)
            }
            try await world.expectIdenticalTree()
        }
    }

    /// More was counted of the file, by an upload that vanished, than it has now.
    @Test(arguments: [1_000, 150_000])
    func aFileThatShrinksAfterItsUploadVanishedIsNotCountedTwice(size: Int) async throws {
        try await World.with { world in
            try world.tree.file("large", Step.parts * Int(World.partSize))
            let id = try await world.serve(drainWithin: .zero) { service in
                world.devStore.faults.set([FaultRule(.uploadPart, from: 4, count: 1).silent()])
                let id = try await service.submit(world.spec { $0.concurrency = 1 })
                await world.held(1)
                world.devStore.faults.set([FaultRule(.createMultipartUpload).silent()])
                for upload in try await world.openUploads() { try await world.abort(upload, "p/large") }
                // The part that was cut is repeated, finds no upload, and a new one is asked for.
                await world.held(1)
                return id
            }
            world.devStore.faults.set([])
            try world.tree.file("large", size)
            try await world.serve { service in
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.counters.bytesTotal == size)
            }
            #expect(try await world.bytes("p/large").count == size)
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
