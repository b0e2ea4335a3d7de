import API
import HTTPTypes
import Model
import Storage
import Testing

@Suite(.timeLimit(.minutes(2)))
struct EventRouteTests {
    /// A job with 1,200 files that ended, two parts, and a final state.
    private func endedJob(_ world: APIWorld) async throws -> Job {
        let job = try await world.job("j")
        try await world.set(job, .running)
        let numbers = try await world.addFiles(job, 1_201)
        try await world.beginUpload(job, numbers.upperBound, parts: 2, succeeded: 2)
        for number in numbers { try await world.end(job, number, number % 7 == 0 ? .failed : .succeeded) }
        return try await world.set(job, .partiallySucceeded)
    }

    private func ids(_ events: [StreamedEvent]) -> [Int64] { events.compactMap(\.id) }

    @Test func everyStoredStateComesOnceInOrderAndThenTheEnd() async throws {
        try await APIWorld.with { world throws in
            let job = try await endedJob(world)
            let answer = await world.send(.get, "/v1/jobs/j/events")
            #expect(answer[.contentType] == "text/event-stream; charset=utf-8")
            #expect(answer[.cacheControl] == "no-store" && answer[.xAccelBuffering] == "no")
            let events = try StreamedEvent.parse(try await answer.stream())
            #expect(events.first?.name == "job.snapshot" && events.first?.id == nil)
            #expect(events.last?.name == "job.partially_succeeded" && events.last?.id == job.revision.rawValue)
            let ids = ids(events)
            #expect(ids == Set(ids).sorted())
            #expect(events.allSatisfy { $0.id == nil || ($0.data["revision"] as? Int).map(Int64.init) == $0.id })
            #expect(events.allSatisfy { $0.data["job_id"] as? String == "j" })
            let files = events.filter { $0.name.hasPrefix("file.") }.compactMap { $0.data["path"] as? String }
            #expect(files.count == 1_201 && Set(files).count == 1_201)
            #expect(
                events.filter { $0.name == "part.succeeded" }.compactMap { $0.data["part_number"] as? Int } == [1, 2])
        }
    }

    @Test func aReaderThatIsCutOffAgainAndAgainMissesNothing() async throws {
        try await APIWorld.with { world throws in
            _ = try await endedJob(world)
            let whole = ids(try StreamedEvent.parse(try await world.send(.get, "/v1/jobs/j/events").stream()))
            var seen: [Int64] = []
            var cuts = 0
            while true {
                let after = seen.last.map { [HTTPField.Name.lastEventID: "\($0)"] } ?? [:]
                let answer = await world.send(.get, "/v1/jobs/j/events", after)
                if answer.status == 204 { break }
                // One batch, of which the reader has taken in a part.
                let bytes = try await answer.stream { $0.count > 4_000 }
                let some = ids(try StreamedEvent.parse(bytes))
                seen += cuts < 10 ? Array(some.prefix(97)) : some
                cuts += 1
            }
            #expect(seen == whole && cuts > 10)
        }
    }

    @Test func whoHasTheEndIsTold204AndTheFutureBeginsAnew() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.set(try await world.job("j"), .succeeded)
            _ = try await world.job("later")
            for after in [job.revision.rawValue, job.revision.rawValue + 1] {
                #expect(await world.send(.get, "/v1/jobs/j/events?after=\(after)").status == 204)
            }
            let future = await world.send(.get, "/v1/jobs/j/events?after=\(Int64.max)")
            #expect(ids(try StreamedEvent.parse(try await future.stream())) == [job.revision.rawValue])
        }
    }

    @Test func typesFilterAllButTheFirstAndTheLast() async throws {
        try await APIWorld.with { world throws in
            _ = try await endedJob(world)
            func names(_ types: String) async throws -> Set<String> {
                let answer = await world.send(.get, "/v1/jobs/j/events?types=\(types)")
                return Set(try StreamedEvent.parse(try await answer.stream()).map(\.name))
            }
            let frame: Set = ["job.snapshot", "job.partially_succeeded"]
            #expect(try await names("part.*") == frame.union(["part.succeeded"]))
            #expect(try await names("file.failed") == frame.union(["file.failed"]))
            #expect(try await names("job.*") == frame)
            #expect(try await names("job.progress") == frame)
        }
    }

    @Test(arguments: ["types=job.*", ""])
    func aLiveReaderIsToldTheEnd(query: String) async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            let answer = await world.send(.get, "/v1/jobs/j/events?\(query)")
            async let bytes = answer.stream()
            try await world.set(job, .running)
            let numbers = try await world.addFiles(job, 5)
            for number in numbers { try await world.end(job, number) }
            try await world.set(job, .succeeded)
            let events = try StreamedEvent.parse(try await bytes)
            #expect(events.first?.name == "job.snapshot" && events.last?.name == "job.succeeded")
            #expect(events.filter { $0.name == "file.succeeded" }.count == (query.isEmpty ? 5 : 0))
        }
    }

    @Test func aDeletedJobEndsItsStream() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            for query in ["types=job.*", ""] {
                let answer = await world.send(.get, "/v1/jobs/j/events?\(query)")
                #expect(answer.status == 200)
                if query.isEmpty {
                    try await world.set(job, .succeeded)
                    #expect(try await world.store.delete(job.number))
                    // The snapshot of the job that was read when the stream began, then what became of it.
                    let events = try StreamedEvent.parse(try await answer.stream())
                    #expect(events.last?.name == "job.deleted" && events.last?.data["job_id"] as? String == "j")
                }
            }
        }
    }

    @Test func linesOfJSONCarryTheSame() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.set(try await world.job("j"), .failed)
            let answer = await world.send(.get, "/v1/jobs/j/events", [.accept: "application/x-ndjson"])
            #expect(answer[.contentType] == "application/x-ndjson")
            let lines = try await answer.stream().split(separator: 0x0A).map { try Samples.object(Array($0)) }
            #expect(lines.map { $0["event"] as? String } == ["job.snapshot", "job.failed"])
            #expect(lines.first?["id"] == nil && lines.last?["id"] as? Int == Int(job.revision.rawValue))
        }
    }

    @Test func textEndsWithTheJobsState() async throws {
        try await APIWorld.with { world throws in
            try await world.set(try await world.job("j"), .succeeded)
            let answer = await world.send(.get, "/v1/jobs/j/events", [.accept: "text/plain"])
            let text = String(decoding: try await answer.stream(), as: UTF8.self)
            #expect(text == "succeeded    100.0 %  0/0 files  0 B/0 B  0 B/s\n")
        }
    }

    @Test func theStreamOfAllJobsStartsNowAndGoesOn() async throws {
        try await APIWorld.with { world throws in
            let old = try await world.set(try await world.job("old"), .succeeded)
            let answer = await world.send(.get, "/v1/events?types=job.*,file.*")
            async let bytes = answer.stream { String(decoding: $0, as: UTF8.self).contains("event: job.deleted") }
            let job = try await world.job("new")
            let numbers = try await world.addFiles(job, 2)
            for number in numbers { try await world.end(job, number) }
            try await world.set(job, .succeeded)
            #expect(try await world.store.delete(old.number))
            let events = try StreamedEvent.parse(try await bytes).filter { $0.id != nil }
            let told = Set(events.map { "\($0.name) \($0.data["job_id"] ?? "")" })
            #expect(told.isSuperset(of: ["file.succeeded new", "job.succeeded new", "job.deleted old"]))
            #expect(ids(events) == Set(ids(events)).sorted() && events.allSatisfy { $0.name != "job.snapshot" })
            let again = await world.send(.get, "/v1/events?after=\(old.revision.rawValue)")
            let replayed = try StreamedEvent.parse(
                try await again.stream { String(decoding: $0, as: UTF8.self).contains("event: job.deleted") })
            #expect(replayed.contains { $0.name == "job.succeeded" && $0.data["id"] as? String == "new" })
        }
    }

    @Test func manyReadersOfOneJobAllGetItsStory() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            try await withThrowingTaskGroup(of: [String].self) { group in
                for number in 0..<200 {
                    let answer = await world.send(.get, "/v1/jobs/j/events?types=job.*&interval_ms=\(100 + number)")
                    group.addTask { try StreamedEvent.parse(try await answer.stream()).map(\.name) }
                }
                try await world.set(job, .running)
                let numbers = try await world.addFiles(job, 50)
                for number in numbers { try await world.end(job, number) }
                try await world.set(job, .succeeded)
                for try await names in group {
                    #expect(names.first == "job.snapshot" && names.last == "job.succeeded")
                    #expect(names.filter { $0 == "job.succeeded" }.count == 1)
                }
            }
        }
    }

    @Test func aStoppedStreamEndsWhole() async throws {
        try await APIWorld.with { world throws in
            _ = try await world.job("j")
            for path in ["/v1/jobs/j/events", "/v1/events"] {
                let answer = await world.send(.get, path)
                let task = Task { try await answer.stream() }
                task.cancel()
                _ = try await task.value
            }
        }
    }
}
