import DevStore
import Model
import S3Client
import Storage
import Testing

@testable import Scheduling

/// Copies inside one store and between two.
@Suite(.timeLimit(.minutes(5))) struct CopyTests {
    private static let large = Step.parts * Int(World.partSize) - 5
    private static let multipart = Int(World.threshold)

    @Test(arguments: CopyRoute.allCases)
    func everyKeyAndSizeArrives(route: CopyRoute) async throws {
        try await World.with(route) { world in
            let sizes = [
                0, 1, 64 << 10, (64 << 10) + 1, Self.multipart - 1, Self.multipart, Self.multipart + 1, Self.large,
            ]
            var objects: [String: [UInt8]] = [:]
            for size in sizes { objects["sizes/\(size)"] = World.randomBytes(size) }
            for key in ["a b+c%20?#é", "e\u{301}", "line\nfeed\u{8}", "x//y", "/lead", "tail/", "..", "a/../b", "%41"] {
                objects[key] = Array("of \(key)".utf8)
                objects["large \(key)"] = World.randomBytes(Self.multipart, seed: 7)
            }
            for (key, bytes) in objects { try await world.putSource("s/\(key)", bytes, route) }
            try await world.putSource("other/x", [1], route)
            try await world.serve { service in
                let job = try await service.run(world.copySpec(route))
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && job.counters.filesTotal == objects.count && job.scanComplete)
                #expect(job.counters.fraction == 1 && job.counters.bytesResent == 0)
                for file in files.all {
                    let name = String(decoding: file.path, as: UTF8.self)
                    #expect(file.etag != nil && file.attempts == 1, "\(name): \(String(describing: file.failure))")
                }
            }
            try await world.expectCopies(objects)
            // One request for each small object; a large one is looked at once.
            let statistics = world.sourceStore(route).statistics
            let larges = objects.values.count { $0.count >= Self.multipart }
            #expect(statistics.count(.headObject) == larges && statistics.count(.getObjectTagging) == larges)
            #expect(world.devStore.statistics.count(route.wholeOperation) == objects.count - larges)
        }
    }

    @Test(arguments: CopyRoute.allCases)
    func aSingleObjectIsCopiedUnderItsNameOrAnother(route: CopyRoute) async throws {
        try await World.with(route) { world in
            try await world.putSource("a/b c", [1, 2], route)
            try await world.serve { service in
                let first = world.copySpec(route) {
                    $0.sourcePrefix = nil
                    $0.sourceKey = "a/b c"
                }
                #expect(try await service.run(first).state == .succeeded)
                var second = first
                second.prefix = nil
                second.key = "x/y"
                #expect(try await service.run(second).state == .succeeded)
                second.sourceKey = "missing"
                let missing = try await service.run(second)
                #expect(missing.state == .failed)
                #expect(try await service.files(missing).all.first?.failure?.code == .noSuchKey)
            }
            #expect(try await world.texts() == ["p/b c", "x/y"])
        }
    }

    // MARK: What comes along

    @Test(arguments: CopyRoute.allCases)
    func metadataHeadersAndTagsAreTheSameOnEveryWay(route: CopyRoute) async throws {
        try await World.with(route) { world in
            try await makeDecorated(world, route)
            try await world.serve { service in
                let job = try await service.run(world.copySpec(route))
                #expect(job.state == .succeeded)
            }
            for key in ["p/small", "p/large"] {
                let head = try await world.head(key)
                #expect(head.metadata == ["colour": "blue", "mtime": "1600000000.25"], "\(key)")
                #expect(head.contentType == "text/x-test" && head.cacheControl == "no-store", "\(key)")
                let tags = try await world.tags(key)
                #expect(tags.contains("<Key>a+b</Key><Value>c&amp;d e</Value>"), "\(tags)")
            }
        }
    }

    @Test(arguments: CopyRoute.allCases)
    func whatIsGivenReplacesWhatWasThere(route: CopyRoute) async throws {
        try await World.with(route) { world in
            try await makeDecorated(world, route)
            let cases: [(name: String, change: (inout JobSpec) -> Void, metadata: [String: String], type: String)] = [
                ("type", { $0.contentType = "a/b" }, ["colour": "blue", "mtime": "1600000000.25"], "a/b"),
                ("metadata", { $0.metadata = ["New": "1"] }, ["new": "1", "mtime": "1600000000.25"], "text/x-test"),
                (
                    "times",
                    {
                        $0.metadata = ["New": "1"]
                        $0.preserveTimes = false
                    }, ["new": "1"], "text/x-test"
                ),
                ("tags", { $0.tags = ["x": "y"] }, ["colour": "blue", "mtime": "1600000000.25"], "text/x-test"),
            ]
            try await world.serve { service in
                for one in cases {
                    let spec = world.copySpec(route) { spec in
                        spec.prefix = "\(one.name)/"
                        one.change(&spec)
                    }
                    #expect(try await service.run(spec).state == .succeeded)
                    for key in ["\(one.name)/small", "\(one.name)/large"] {
                        let head = try await world.head(key)
                        #expect(head.metadata == one.metadata && head.contentType == one.type, "\(key): \(head)")
                        #expect(head.cacheControl == "no-store", "\(key)")
                        let tags = try await world.tags(key)
                        let wanted = one.name == "tags" ? "<Key>x</Key><Value>y</Value>" : "<Key>a+b</Key>"
                        #expect(tags.contains(wanted), "\(key): \(tags)")
                    }
                }
            }
        }
    }

    private func makeDecorated(_ world: World, _ route: CopyRoute) async throws {
        var attributes = ObjectAttributes(
            metadata: ["Colour": "blue"], tags: ["a+b": "c&d e"], contentType: "text/x-test", cacheControl: "no-store")
        attributes.modificationTime = "1600000000.25"
        try await world.putSource("s/small", [1, 2, 3], route, attributes: attributes)
        try await world.putSource("s/large", World.randomBytes(Self.large), route, attributes: attributes)
    }

    // MARK: A source that changes

    @Test(arguments: CopyRoute.allCases, ["small", "large"])
    func anObjectThatIsOverwrittenMeanwhileIsCopiedAnew(route: CopyRoute, key: String) async throws {
        try await World.with(route) { world in
            let isLarge = key == "large"
            let new = World.randomBytes(isLarge ? Self.large + 70_000 : 5, seed: 9)
            try await world.putSource("s/\(key)", World.randomBytes(isLarge ? Self.large : 5), route)
            let operation = isLarge ? route.sourcePartOperation : route.sourceOperation
            let store = world.sourceStore(route)
            store.faults.set([FaultRule(operation, from: isLarge ? 3 : 1, count: 1).silent()])
            try await world.serve { service in
                let id = try await service.submit(world.copySpec(route) { $0.concurrency = 1 })
                await store.faults.waitUntilHeld(1)
                try await world.putSource("s/\(key)", new, route)
                store.faults.set([])
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.counters.partsTotal == job.counters.partsSucceeded)
                #expect(try await service.store.openIntentions(job.number).isEmpty)
            }
            try await world.expectCopies([key: new])
        }
    }

    @Test(arguments: CopyRoute.allCases)
    func anObjectThatIsOverwrittenAgainAndAgainFails(route: CopyRoute) async throws {
        try await World.with(route) { world in
            try await world.makeObjects(route)
            let store = world.sourceStore(route)
            store.faults.set([
                FaultRule(route.sourceOperation, key: route == .inside ? "p/small/f0" : "s/small/f0").failing(
                    412, "PreconditionFailed"),
                FaultRule(route.sourcePartOperation, key: route == .inside ? "p/large" : "s/large", from: 2)
                    .failing(412, "PreconditionFailed"),
            ])
            try await world.serve { service in
                let job = try await service.run(world.copySpec(route))
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .partiallySucceeded && job.counters.filesFailed == 2)
                for key in ["small/f0", "large"] { #expect(files[key]?.failure?.code == .sourceChanged, "\(key)") }
                #expect(try await service.store.openIntentions(job.number).isEmpty)
                let keys = try await world.texts()
                #expect(!keys.contains("p/large") && !keys.contains("p/small/f0") && keys.count == 11)
                store.faults.set([])
                _ = try await service.scheduler.retry(job.id)
                let again = try await service.ended(job.id)
                #expect(again.state == .succeeded)
                expectExactAccounts(again, try await service.files(again).all)
            }
            #expect(try await world.openUploads().isEmpty)
        }
    }

    @Test(arguments: CopyRoute.allCases, ["changed", "vanished", "uploadGone"])
    func aHalfCopiedObjectEndsAsItMust(route: CopyRoute, mishap: String) async throws {
        try await World.with(route) { world in
            var objects = try await world.makeObjects(route)
            try await world.serve { service in
                let id = try await world.submitCopy(service, at: .thirdPart, route)
                _ = try await service.scheduler.pause(id)
                world.devStore.faults.release()
                _ = try await service.reached(id, .paused)
                let uploads = try await world.openUploads()
                #expect(uploads.count == 1)
                switch mishap {
                case "changed":
                    objects["large"] = World.randomBytes(Self.large + 100, seed: 5)
                    try await world.putSource("s/large", objects["large"] ?? [], route)
                case "vanished":
                    objects["large"] = nil
                    try await world.removeSource("s/large", route)
                default: for upload in uploads { try await world.abort(upload, "p/large") }
                }
                _ = try await service.scheduler.resume(id)
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == (mishap == "vanished" ? .partiallySucceeded : .succeeded))
                if mishap == "vanished" { #expect(files["large"]?.failure?.code == .noSuchKey) }
                #expect(try await service.store.openIntentions(job.number).isEmpty)
            }
            try await world.expectCopies(objects)
        }
    }
}
