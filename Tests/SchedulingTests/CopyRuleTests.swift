import DevStore
import Model
import S3Client
import Testing

@testable import Scheduling

/// `overwrite`, faults of the stores, and listings, for copies.
@Suite(.timeLimit(.minutes(5))) struct CopyRuleTests {
    @Test(arguments: CopyRoute.allCases)
    func ifChangedCopiesWhatIsNewerOrOfAnotherSize(route: CopyRoute) async throws {
        try await World.with(route) { world in
            var objects = try await world.makeObjects(route)
            try await world.serve { service in
                #expect(try await service.run(world.copySpec(route)).state == .succeeded)
                // Of another size; and of the same one, in the same second at the earliest.
                objects["small/f0"] = [7]
                objects["small/f1"] = World.randomBytes(101, seed: 99)
                for key in ["small/f0", "small/f1"] {
                    try await world.putSource("s/\(key)", objects[key] ?? [], route)
                }
                let looks = world.devStore.statistics.count(.headObject)
                let job = try await service.run(world.copySpec(route) { $0.overwrite = .ifChanged })
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && job.counters.fraction == 1)
                for key in ["small/f0", "small/f1"] { #expect(files[key]?.state == .succeeded, "\(key)") }
                for key in ["small/f2", "small/f11"] { #expect(files[key]?.skipReason == "unchanged", "\(key)") }
                // One look at each destination; the large object may be copied again within its second.
                let looked = world.devStore.statistics.count(.headObject) - looks
                #expect(looked == 13 || (route == .inside && looked == 14))
            }
            try await world.expectCopies(objects)
        }
    }

    @Test(arguments: CopyRoute.allCases)
    func neverLeavesWhatIsThereOrAppears(route: CopyRoute) async throws {
        try await World.with(route) { world in
            let objects = try await world.makeObjects(route)
            try await world.put("p/small/f0", [1])
            world.devStore.faults.set([
                FaultRule(route.wholeOperation, key: "p/small/f1", count: 1).silent(executes: true),
                FaultRule(.completeMultipartUpload, count: 1).silent(executes: true),
            ])
            try await world.serve { service in
                let id = try await service.submit(world.copySpec(route) { $0.overwrite = .never })
                await world.held(2)
                try await world.put("p/small/f1", [2])
                try await world.put("p/large", [3])
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && job.counters.filesSkipped == 3)
                for key in ["small/f0", "small/f1", "large"] { #expect(files[key]?.skipReason == "exists", "\(key)") }
            }
            #expect(try await world.bytes("p/small/f0") == [1])
            #expect(try await world.bytes("p/small/f1") == [2])
            #expect(try await world.bytes("p/large") == [3])
            #expect(try await world.bytes("p/small/f2") == objects["small/f2"])
            #expect(try await world.openUploads().isEmpty)
        }
    }

    @Test func aStoreThatKnowsNoConditionOnCopiesIsAskedWithoutOne() async throws {
        try await World.with(.inside) { world in
            let objects = try await world.makeObjects(.inside)
            world.devStore.faults.set([FaultRule(.copyObject, count: 1).failing(501, "NotImplemented")])
            try await world.serve { service in
                let spec = world.copySpec(.inside) {
                    $0.overwrite = .never
                    $0.concurrency = 1
                }
                let job = try await service.run(spec)
                #expect(job.state == .succeeded)
            }
            #expect(world.devStore.statistics.count(.copyObject) == 13)
            try await world.expectCopies(objects)
        }
    }

    @Test(arguments: CopyRoute.allCases)
    func faultsOnTheWayAreMended(route: CopyRoute) async throws {
        try await World.with(route) { world in
            let objects = try await world.makeObjects(route)
            world.devStore.faults.set([
                FaultRule(route.wholeOperation, from: 2, count: 2).failing(
                    route == .inside ? 200 : 500, "InternalError"),
                FaultRule(route.partOperation, from: 2, count: 2).failing(route == .inside ? 200 : 503, "SlowDown"),
                FaultRule(route.partOperation, from: 5, count: 1).resetting(executes: true),
                FaultRule(.completeMultipartUpload, count: 1).resetting(executes: true),
            ])
            world.other?.faults.set([
                FaultRule(.getObject, from: 3, count: 2).cut(afterBytes: 10),
                FaultRule(.getObject, from: 6, count: 1).failing(503, "SlowDown"),
            ])
            try await world.serve { service in
                let job = try await service.run(world.copySpec(route))
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded)
            }
            try await world.expectCopies(objects)
        }
    }

    @Test(arguments: CopyRoute.allCases)
    func aListingThatFailsEndsTheJobWithItsCode(route: CopyRoute) async throws {
        try await World.with(route) { world in
            try await world.makeObjects(route)
            let store = world.sourceStore(route)
            try await world.serve { service in
                store.faults.set([FaultRule(.listObjectsV2).failing(403, "AccessDenied")])
                let denied = try await service.run(world.copySpec(route))
                #expect(denied.state == .failed && denied.error?.code == .accessDenied)
                store.faults.set([FaultRule(.listObjectsV2, count: 2).failing(503, "SlowDown")])
                #expect(try await service.run(world.copySpec(route)).state == .succeeded)
                let missing = try await service.run(world.copySpec(route) { $0.sourceBucket = "missing" })
                #expect(missing.state == .failed && missing.error?.code == .noSuchBucket)
            }
        }
    }

    @Test(arguments: CopyRoute.allCases)
    func aListingOfManyPagesGoesOnAfterAStart(route: CopyRoute) async throws {
        try await World.with(route) { world in
            for index in 0..<2_100 { try await world.putSource("s/d\(index % 7)/f\(index)", [1], route) }
            let store = world.sourceStore(route)
            store.faults.set([FaultRule(.listObjectsV2, from: 2, count: 1).silent()])
            let id = try await world.serve(drainWithin: .zero) { service in
                let id = try await service.submit(world.copySpec(route))
                // What the first page shows moves while the second is awaited.
                let status = try await service.status(id) { $0.job.counters.filesSucceeded >= 900 }
                #expect(status.job.counters.filesTotal == 1_000 && !status.job.scanComplete)
                return id
            }
            store.faults.set([])
            try await world.serve { service in
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.counters.filesTotal == 2_100 && job.scanComplete)
            }
            #expect(try await world.keys().count == 2_100)
        }
    }

    @Test(arguments: CopyRoute.allCases)
    func aPlanCountsTheRequestsThatTheCopyTakes(route: CopyRoute) async throws {
        try await World.with(route) { world in
            try await world.makeObjects(route)
            try await world.serve { service in
                for spec in [world.copySpec(route), world.copySpec(route) { $0.contentType = "a/b" }] {
                    let before = world.requests
                    let plan = try await service.scheduler.plan(spec)
                    let planning = world.requests - before
                    #expect(plan.files == 13 && plan.scanComplete)
                    #expect(try await service.run(spec).state == .succeeded)
                    await world.devStore.wait { $0.inFlight.now == 0 }
                    // The list is asked for once more.
                    #expect(world.requests - before - 2 * planning == plan.requests)
                }
            }
        }
    }
}

extension World {
    /// How many requests both stores have been sent.
    fileprivate var requests: Int {
        devStore.statistics.total + (other?.statistics.total ?? 0)
    }
}
