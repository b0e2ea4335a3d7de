import DevStore
import Foundation
import Model
import S3Client
import Testing

@testable import Scheduling

@Suite(.timeLimit(.minutes(5))) struct OverwriteTests {
    private static let multipart = 3 * Int(World.partSize)

    @Test func alwaysWritesAnew() async throws {
        try await World.with { world in
            try world.tree.file("f", 5)
            try await world.put("p/f", [1])
            try await world.serve { service in
                let job = try await service.run(world.spec())
                #expect(job.state == .succeeded)
            }
            #expect(world.devStore.statistics.count(.headObject) == 0)
            try await world.expectIdenticalTree()
        }
    }

    @Test func ifChangedMovesWhatIsNewerOrOfAnotherSize() async throws {
        try await World.with { world in
            for (name, size) in [("same", 5), ("newer", 6), ("sized", 7), ("large", Self.multipart), ("fresh", 0)] {
                try world.tree.file(name, size)
                try world.tree.setModified(name, nanoseconds: 1_600_000_000_123_456_789)
            }
            try await world.serve { service in
                #expect(try await service.run(world.spec { $0.exclude = ["fresh"] }).state == .succeeded)
                try world.tree.setModified("newer", nanoseconds: 1_600_000_000_123_456_790)
                try world.tree.append("sized", [1])
                try world.tree.setModified("sized", nanoseconds: 1_600_000_000_123_456_789)

                let job = try await service.run(world.spec { $0.overwrite = .ifChanged })
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && job.fraction == 1)
                for name in ["same", "large"] { #expect(files[name]?.skipReason == "unchanged") }
                for name in ["newer", "sized", "fresh"] { #expect(files[name]?.state == .succeeded, "\(name)") }
            }
            try await world.expectIdenticalTree()
        }
    }

    @Test func ifChangedGoesByLastModifiedWhereNoTimeIsStored() async throws {
        try await World.with { world in
            try world.tree.file("old", 5)
            try world.tree.file("new", 5)
            for name in ["old", "new"] { try await world.put("p/\(name)", [1, 2, 3, 4, 5]) }
            try world.tree.setModified("old", nanoseconds: 1_500_000_000_000_000_000)
            try world.tree.setModified("new", nanoseconds: 4_000_000_000_000_000_000)
            try await world.serve { service in
                let job = try await service.run(world.spec { $0.overwrite = .ifChanged })
                let files = try await service.files(job)
                #expect(files["old"]?.skipReason == "unchanged" && files["new"]?.state == .succeeded)
            }
            #expect(try await world.bytes("p/old") == [1, 2, 3, 4, 5])
        }
    }

    @Test func neverLeavesWhatIsThere() async throws {
        try await World.with { world in
            for name in ["a", "b", "c"] { try world.tree.file(name, 5) }
            try await world.put("p/a", [1])
            // `b` appears after the look and before the write.
            world.devStore.faults.set([FaultRule(.putObject, key: "p/b", count: 1).silent(executes: true)])
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.overwrite = .never })
                await world.held(1)
                try await world.put("p/b", [2])
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && job.counters.filesSkipped == 2)
                for name in ["a", "b"] { #expect(files[name]?.skipReason == "exists") }
            }
            #expect(try await world.bytes("p/a") == [1])
            #expect(try await world.bytes("p/b") == [2])
        }
    }

    @Test func neverLeavesWhatAppearedWhilePartsMoved() async throws {
        try await World.with { world in
            try world.tree.file("f", Self.multipart)
            world.devStore.faults.set([FaultRule(.completeMultipartUpload, count: 1).silent(executes: true)])
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.overwrite = .never })
                await world.held(1)
                try await world.put("p/f", [2])
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && files["f"]?.skipReason == "exists")
            }
            #expect(try await world.bytes("p/f") == [2])
            #expect(try await world.openUploads().isEmpty)
        }
    }
}
