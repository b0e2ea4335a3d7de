import DevStore
import Foundation
import Model
import S3Client
import Testing

@testable import Scheduling

/// Whole jobs, against a real store.
@Suite(.timeLimit(.minutes(5))) struct JobTests {
    @Test func aTreeOfOddNamesAndSizesArrivesIdentically() async throws {
        try await World.with { world in
            let threshold = Int(World.threshold)
            let sizes = [
                0, 1, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, threshold - 1, threshold, threshold + 1,
                3 * Int(World.partSize), 5 * Int(World.partSize) + 7,
            ]
            for size in sizes { try world.tree.file("sizes/\(size)", size) }
            let names = [
                "a b", "a+b", "100%", "a#b", "a?b=c", "a&b", "line\nbreak", "tab\t", "\u{1F600}", "\u{E9}", "e\u{301}",
                "'\"<>", "semi;colon", "back\\slash", "..dots..", "%2F", "~", "deep/er/and/deep er/x", "*", "[x]",
            ]
            for (index, name) in names.enumerated() { try world.tree.file("names/\(name)", index, seed: 9) }
            let job = try await world.serve { service in
                let job = try await service.run(world.spec())
                expectExactAccounts(job, try await service.files(job).all)
                return job
            }
            #expect(job.state == .succeeded)
            #expect(job.counters.fraction == 1)
            #expect(job.counters.partsTotal == 2 + 3 + 3 + 6 && job.counters.partsSucceeded == 14)
            #expect(job.counters.bytesResent == 0 && job.counters.bytesReused == 0)
            try await world.expectIdenticalTree()
        }
    }

    @Test func whatTheSpecSaysIsStoredWithEachObject() async throws {
        try await World.with { world in
            try world.tree.file("small.html", 10)
            try world.tree.file("large.json", Int(World.threshold))
            try world.tree.file("odd.unknown", 3)
            for name in ["small.html", "large.json", "odd.unknown"] {
                try world.tree.setModified(name, nanoseconds: 1_700_000_000_500_000_000)
            }
            try await world.serve { service in
                let job = try await service.run(
                    world.spec {
                        $0.metadata = ["Owner": "me", "note": "a b"]
                        $0.tags = ["team": "x y", "k": "v"]
                        $0.cacheControl = "max-age=60"
                    })
                #expect(job.state == .succeeded)
            }
            let small = try await world.head("p/small.html")
            let large = try await world.head("p/large.json")
            let odd = try await world.head("p/odd.unknown")
            for head in [small, large, odd] {
                #expect(head.metadata == ["owner": "me", "note": "a b", "mtime": "1700000000.5"])
                #expect(head.cacheControl == "max-age=60")
            }
            #expect(small.contentType == "text/html" && large.contentType == "application/json")
            #expect(odd.contentType == "binary/octet-stream")
            let tags = try await world.tags("p/large.json")
            #expect(tags.contains("<Key>team</Key><Value>x y</Value>") && tags.contains("<Key>k</Key><Value>v</Value>"))
        }
    }

    @Test func filtersChooseFilesAndTheRestIsNotThere() async throws {
        try await World.with { world in
            for name in ["a.txt", "b.log", "d/a.txt", "d/skip/a.txt", "d/c.md"] { try world.tree.file(name, 3) }
            try await world.serve { service in
                let job = try await service.run(
                    world.spec {
                        $0.include = ["*.txt", "d/*.md"]
                        $0.exclude = ["**/skip/**"]
                    })
                #expect(job.state == .succeeded && job.counters.filesTotal == 3)
            }
            #expect(try await world.texts() == ["p/a.txt", "p/d/a.txt", "p/d/c.md"])
        }
    }

    @Test func listedPathsAreMovedAndMissingOnesFail() async throws {
        try await World.with { world in
            for name in ["a", "b", "d/c"] { try world.tree.file(name, 5) }
            try await world.serve { service in
                let job = try await service.run(world.spec { $0.paths = ["a", "d/c", "gone", "d", "../x"] })
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .partiallySucceeded)
                #expect(files["gone"]?.failure?.code == .sourceVanished)
                #expect(files["d"]?.failure?.code == .sourceUnreadable)
                #expect(files["../x"]?.state == .failed)
            }
            #expect(try await world.texts() == ["p/a", "p/d/c"])
        }
    }

    @Test func linksAreSkippedOrFollowedAndSpecialFilesAreSkipped() async throws {
        try await World.with { world in
            try world.tree.file("real/f", 5)
            try world.tree.link("link", to: "real/f")
            try world.tree.link("folder", to: "real")
            try world.tree.link("out", to: "/etc/hostname")
            try world.tree.link("real/loop", to: "..")
            try world.tree.fifo("pipe")
            try await world.serve { service in
                let skipping = try await service.run(world.spec())
                let skipped = try await service.files(skipping)
                expectExactAccounts(skipping, skipped.all)
                #expect(skipping.state == .succeeded)
                #expect(skipped.all.count { $0.skipReason == "symlink" } == 4)
                #expect(skipped["pipe"]?.skipReason == "fifo")

                let following = try await service.run(
                    world.spec {
                        $0.symlinks = .follow
                        $0.prefix = "f/"
                    })
                let followed = try await service.files(following)
                expectExactAccounts(following, followed.all)
                #expect(following.state == .partiallySucceeded)
                #expect(followed["out"]?.state == .failed, "a link out of the root is never followed")
                #expect(followed["real/loop"]?.skipReason == "link_loop")
            }
            #expect(try await world.texts() == ["f/folder/f", "f/link", "f/real/f", "p/real/f"])
        }
    }

    @Test func emptyDirectoriesBecomeMarkersWhenAsked() async throws {
        try await World.with { world in
            try world.tree.directory("empty/inner")
            try world.tree.file("full/f", 1)
            try await world.serve { service in
                let skipping = try await service.run(world.spec())
                #expect(skipping.counters.filesTotal == 1)
                let marking = try await service.run(world.spec { $0.emptyDirectories = .marker })
                expectExactAccounts(marking, try await service.files(marking).all)
            }
            #expect(try await world.texts() == ["p/empty/inner/", "p/full/f"])
            let marker = try await world.head("p/empty/inner/")
            #expect(marker.sizeInBytes == 0 && marker.contentType == "application/x-directory")
        }
    }

    @Test func anEmptyTreeSucceeds() async throws {
        try await World.with { world in
            try await world.serve { service in
                let job = try await service.run(world.spec())
                #expect(job.state == .succeeded && job.counters.filesTotal == 0 && job.counters.fraction == 1)
            }
        }
    }

    @Test func oneFileTakesTheKeyItIsGivenOrItsNameBelowThePrefix() async throws {
        try await World.with { world in
            try world.tree.file("one.txt", 12)
            try await world.serve { service in
                for key in ["exact/key", nil] {
                    let job = try await service.run(
                        world.spec {
                            $0.source = world.tree.full("one.txt")
                            $0.key = key
                            $0.prefix = key == nil ? "p/" : nil
                        })
                    #expect(job.state == .succeeded)
                }
            }
            #expect(try await world.texts() == ["exact/key", "p/one.txt"])
        }
    }
}
