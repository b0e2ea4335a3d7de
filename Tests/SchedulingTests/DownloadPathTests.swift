import DevStore
import Model
import Testing

@testable import Scheduling

/// Where keys lead, and what stands there already.
@Suite(.timeLimit(.minutes(5))) struct DownloadPathTests {
    @Test func keysStayBelowTheDestinationOrFailByName() async throws {
        try await World.with { world in
            let long = String(repeating: "n", count: 256)
            let escaping = ["..", ".", "../a", "a/../b", "/absolute", "x//y", "link/x", "linked"]
            let invalid = [long, "\(long)/x", "both/x", "fifo", "folder"]
            // `both` itself fails or `both/x` does, whichever comes second.
            let good = ["file..txt", "...", "café", "cafe\u{301}", "Case", "case", "deep/er/x"]
            for key in escaping + invalid + good + ["both"] { try await world.put("p/" + key, Array(key.utf8)) }
            try world.tree.directory("out/folder")
            try world.tree.directory("elsewhere")
            try world.tree.fifo("out/fifo")
            try world.tree.link("out/link", to: world.tree.full("elsewhere"))
            try world.tree.link("out/linked", to: world.tree.full("elsewhere/new"))
            try await world.serve { service in
                let plan = try await service.scheduler.plan(world.downloadSpec())
                #expect(plan.failed == 8)
                let job = try await service.run(world.downloadSpec())
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                for key in escaping { #expect(files[key]?.failure?.code == .destinationEscapesRoot, "\(key)") }
                for key in invalid where key != "both/x" {
                    #expect(files[key]?.failure?.code == .invalidKey, "\(key)")
                }
                let both = [files["both"], files["both/x"]].compactMap(\.self)
                #expect(both.count == 2 && both.count { $0.failure?.code == .invalidKey } == 1)
                for key in good { #expect(files[key]?.state == .succeeded, "\(key)") }
            }
            #expect(world.tree.files(below: "elsewhere").isEmpty)
            #expect(world.temporaries.isEmpty)
        }
    }

    @Test func theRulesOfOverwriting() async throws {
        try await World.with { world in
            let objects = ["same": 10, "sized": 11, "new": 12, "large": 5 * Int(World.partSize)]
            for (key, size) in objects { try await world.put("p/" + key, World.bytes(size)) }
            try world.tree.file("out/same", 10, seed: 99)
            try world.tree.file("out/sized", 3)
            try world.tree.file("out/large", 5 * Int(World.partSize), seed: 99)
            // In the same second, or later.
            for name in ["same", "large"] {
                try world.tree.setModified("out/" + name, nanoseconds: 4_000_000_000_000_000_000)
            }
            try await world.serve { service in
                let never = try await service.run(
                    world.downloadSpec {
                        $0.overwrite = .never; $0.exclude = ["new"]
                    })
                #expect(never.state == .succeeded && never.counters.filesSkipped == 3)
                #expect(world.devStore.statistics.count(.getObject) == 0)

                let changed = try await service.run(world.downloadSpec { $0.overwrite = .ifChanged })
                let files = try await service.files(changed)
                expectExactAccounts(changed, files.all)
                #expect(files["same"]?.skipReason == "unchanged" && files["large"]?.skipReason == "unchanged")
                #expect(files["sized"]?.state == .succeeded && files["new"]?.state == .succeeded)
                #expect(world.devStore.statistics.count(.headObject) == 0)

                // Older than the object: it moves. One that was restored with its own, older time stays.
                try world.tree.setModified("out/same", nanoseconds: 1_000_000_000_000_000_000)
                let again = try await service.run(world.downloadSpec { $0.overwrite = .ifChanged })
                #expect(try await service.files(again)["same"]?.state == .succeeded)
                let last = try await service.run(world.downloadSpec { $0.overwrite = .ifChanged })
                #expect(last.counters.filesSkipped == 4)
            }
            #expect(world.downloaded()["same"] == World.bytes(10))
        }
    }

    @Test func anObjectRestoredWithItsOwnTimeIsUnchanged() async throws {
        try await World.with { world in
            try world.tree.file("in/f", 10)
            try world.tree.setModified("in/f", nanoseconds: 1_600_000_000_123_456_789)
            try await world.serve { service in
                _ = try await service.run(world.spec { $0.source = world.tree.full("in") })
                for round in 0..<2 {
                    let job = try await service.run(world.downloadSpec { $0.overwrite = .ifChanged })
                    #expect(job.counters.filesSkipped == round)
                }
            }
            #expect(world.devStore.statistics.count(.getObject) == 1)
        }
    }

    @Test func aFileThatAppearsMeanwhileIsNotOverwritten() async throws {
        try await World.with { world in
            try await world.putObjects()
            try await world.serve { service in
                world.devStore.faults.set([
                    FaultRule(.getObject, key: "p/large", from: 5, count: 1).silent(executes: true)
                ])
                let id = try await service.submit(world.downloadSpec { $0.overwrite = .never })
                await world.held(1)
                try world.tree.file("out/large", 4)
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && files["large"]?.skipReason == "exists")
            }
            #expect(world.downloaded()["large"]?.count == 4 && world.temporaries.isEmpty)
        }
    }

    @Test func aDestinationThatIsRemovedFailsFilesAndNothingElse() async throws {
        try await World.with { world in
            try await world.putObjects()
            try await world.serve { service in
                let id = try await world.submit(service, at: .thirdRange)
                try world.tree.remove("out")
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .failed || job.state == .partiallySucceeded)
                for file in files.all where file.state == .failed {
                    #expect(file.failure?.code == .destinationUnwritable, "\(String(describing: file.failure))")
                }
                // Mended by running it again.
                _ = try await service.scheduler.retry(id)
                let outcome1 = try await service.ended(id).state
                #expect(outcome1 == .succeeded)
            }
        }
    }
}
