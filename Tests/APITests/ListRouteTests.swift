import API
import Foundation
import HTTPTypes
import Model
import Storage
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ListRouteTests {
    /// All rows of a list, page by page.
    private func pages(_ world: APIWorld, _ target: String, _ name: String, size: Int) async throws -> [[String: Any]] {
        var rows: [[String: Any]] = []
        var token = ""
        while true {
            let joint = target.contains("?") ? "&" : "?"
            let answer = await world.send(.get, "\(target)\(joint)page_size=\(size)&page_token=\(token)")
            guard answer.status == 200, let page = try answer.json()[name] as? [[String: Any]] else {
                throw Unexpected("\(target): \(answer.text)")
            }
            #expect(page.count <= size)
            rows += page
            token = try answer.json()["next_page_token"] as? String ?? ""
            if token.isEmpty { return rows }
        }
    }

    @Test func jobsComeNewestFirstInPages() async throws {
        try await APIWorld.with { world throws in
            for number in 0..<7 { _ = try await world.job("j\(number)") }
            let rows = try await pages(world, "/v1/jobs", "jobs", size: 3)
            #expect(rows.compactMap { $0["id"] as? String } == (0..<7).reversed().map { "j\($0)" })
        }
    }

    @Test func jobsAreFilteredByStateKindAndLabels() async throws {
        try await APIWorld.with { world throws in
            _ = try await world.job("plain")
            let labelled = try await world.job("labelled") { $0.labels = ["team": "video", "odd name&=": "va lue"] }
            try await world.set(labelled, .succeeded)
            func found(_ query: String) async throws -> [String] {
                try await pages(world, "/v1/jobs?\(query)", "jobs", size: 10).compactMap { $0["id"] as? String }
            }
            #expect(try await found("state=succeeded") == ["labelled"])
            #expect(try await found("state=queued") == ["plain"])
            #expect(try await found("kind=copy") == [])
            #expect(try await found("label.team=video&label.odd%20name%26%3D=va%20lue&kind=upload") == ["labelled"])
            #expect(try await found("label.team=vide") == [])
        }
    }

    @Test func aPageTokenIsGoodForItsListAlone() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("a")
            _ = try await world.job("b")
            try await world.addFiles(job, 3)
            let page = await world.send(.get, "/v1/jobs?page_size=1")
            let token = try #require(try page.json()["next_page_token"] as? String)
            #expect(await world.send(.get, "/v1/jobs?page_token=\(token)").status == 200)
            for target in ["/v1/jobs?state=queued&", "/v1/jobs?label.a=b&", "/v1/jobs/a/files?", "/v1/jobs/a/parts?"] {
                #expect(try await world.send(.get, "\(target)page_token=\(token)").code() == "INVALID_QUERY")
            }
            for query in ["page_size=0", "page_size=x", "page_size=", "state=done", "page_token=nonsense"] {
                #expect(try await world.send(.get, "/v1/jobs?\(query)").code() == "INVALID_QUERY")
            }
            #expect(await world.send(.get, "/v1/jobs?page_size=100000").status == 200)
        }
    }

    @Test func filesComeInTheOrderOfTheScan() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            let numbers = try await world.addFiles(job, 10)
            try await world.end(job, numbers.lowerBound)
            try await world.end(job, numbers.lowerBound + 1, .failed)
            try await world.store.flush()
            let rows = try await pages(world, "/v1/jobs/j/files", "files", size: 4)
            #expect(rows.compactMap { $0["path"] as? String } == (0..<10).map { "f\($0)" })
            #expect(rows.first?["key"] as? String == "p/f0" && rows.first?["etag"] as? String == "tag")
            let failed = try await pages(world, "/v1/jobs/j/files?state=failed", "files", size: 4)
            #expect(failed.compactMap { $0["path"] as? String } == ["f1"])
            #expect((failed.first?["error"] as? [String: Any])?["code"] as? String == "ACCESS_DENIED")
            #expect(try await pages(world, "/v1/jobs/j/files?state=pending", "files", size: 3).count == 8)
            #expect(try await pages(world, "/v1/jobs/j/files?state=in_flight", "files", size: 3).isEmpty)
        }
    }

    @Test func partsOfMultipartFilesAreShownToTheLast() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            let numbers = try await world.addFiles(job, 3)
            try await world.beginUpload(job, numbers.lowerBound, parts: 5, succeeded: 2)
            try await world.beginUpload(job, numbers.lowerBound + 2, parts: 3, succeeded: 0)
            let rows = try await pages(world, "/v1/jobs/j/parts", "parts", size: 2)
            #expect(
                rows.map { "\($0["path"] ?? "") \($0["part_number"] ?? "") \($0["state"] ?? "")" } == [
                    "f0 1 succeeded", "f0 2 succeeded", "f0 3 pending", "f0 4 pending", "f0 5 pending", "f2 1 pending",
                    "f2 2 pending", "f2 3 pending",
                ])
            #expect(try await pages(world, "/v1/jobs/j/parts?file=f2", "parts", size: 2).count == 3)
            #expect(try await pages(world, "/v1/jobs/j/parts?file=nothing", "parts", size: 2).isEmpty)
            let done = try await pages(world, "/v1/jobs/j/parts?state=succeeded&file=f0", "parts", size: 1)
            #expect(done.compactMap { $0["bytes_sent"] as? Int } == [5 << 20, 5 << 20])
            #expect(try await pages(world, "/v1/jobs/j/parts?state=failed", "parts", size: 1).isEmpty)
        }
    }

    @Test func theReportComesWithTheEnd() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            let numbers = try await world.addFiles(job, 1_200)
            try await world.end(job, numbers.lowerBound)
            let early = await world.send(.get, "/v1/jobs/j/report")
            #expect(early.status == 409)
            #expect(try early.code() == "CONFLICT")
            try await world.set(job, .cancelled)
            let lines = await world.send(.get, "/v1/jobs/j/report")
            #expect(lines[.contentType] == "application/x-ndjson")
            let rows = try await lines.stream().split(separator: 0x0A).map { try Samples.object(Array($0)) }
            #expect(rows.compactMap { $0["path"] as? String } == (0..<1_200).map { "f\($0)" })
            let table = await world.send(.get, "/v1/jobs/j/report", [.accept: "text/csv"])
            #expect(table[.contentType] == "text/csv; charset=utf-8")
            let text = String(decoding: try await table.stream(), as: UTF8.self).components(separatedBy: "\r\n")
            #expect(text.count == 1_202 && text[0].hasPrefix("path,key,size,state,"))
            #expect(text[1].hasPrefix("f0,p/f0,10,succeeded,,tag,,1,,,2026-11-21T"))
        }
    }
}
