import API
import Model
import Storage
import Testing

struct StreamFormatTests {
    private func event(_ format: StreamFormat, _ name: EventName, _ id: Int64?) -> String {
        var writer = JSONWriter()
        for number in 1...2 {
            format.event(name, id: id.map(Revision.init), to: &writer) { writer in
                writer.object { writer in
                    writer.field("n", number)
                    writer.field("path", "a\nb")
                }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func serverSentEventsAreBlocksOfFields() {
        #expect(
            event(.sse, .partSucceeded, 1_234)
                == "id: 1234\nevent: part.succeeded\ndata: {\"n\":1,\"path\":\"a\\nb\"}\n\n"
                + "id: 1234\nevent: part.succeeded\ndata: {\"n\":2,\"path\":\"a\\nb\"}\n\n")
        #expect(event(.sse, .jobSnapshot, nil).hasPrefix("event: job.snapshot\ndata: {\"n\":1,"))
    }

    @Test func linesOfJSONHaveTheSameFields() {
        #expect(
            event(.ndjson, .partSucceeded, 1_234)
                == "{\"id\":1234,\"event\":\"part.succeeded\",\"data\":{\"n\":1,\"path\":\"a\\nb\"}}\n"
                + "{\"id\":1234,\"event\":\"part.succeeded\",\"data\":{\"n\":2,\"path\":\"a\\nb\"}}\n")
        #expect(event(.ndjson, .jobProgress, nil).hasPrefix("{\"event\":\"job.progress\",\"data\":{"))
    }

    @Test func heartbeatsAreCommentsThatMayCarryAnID() {
        #expect(StreamFormat.sse.heartbeat(reached: nil) == Array(": \n\n".utf8))
        #expect(StreamFormat.sse.heartbeat(reached: Revision(9)) == Array(": \nid: 9\n\n".utf8))
        #expect(StreamFormat.ndjson.heartbeat(reached: Revision(9)) == [0x0A])
    }

    @Test func typesFilterByPattern() throws {
        let filter = try EventFilter("job.*, part.succeeded")
        #expect(filter.contains(.jobRunning) && filter.contains(.jobSnapshot) && filter.contains(.partSucceeded))
        #expect(!filter.contains(.partFailed) && !filter.contains(.fileFailed) && !filter.contains(.partProgress))
        #expect(filter.changes.parts && !filter.changes.files && !filter.isJobsOnly)
        #expect(try EventFilter("job.*").isJobsOnly)
        #expect(try EventFilter("*.failed").contains(.fileFailed))
        #expect(try EventFilter("*") == EventFilter("job.*,file.*,part.*"))
        for name in EventName.allCases { #expect(EventFilter.all.contains(name)) }
    }

    @Test(arguments: ["", "job", "jobs.*", "job.*,", "job.running,x", "part.succeeded.*"])
    func typesThatFitNoEventAreRefused(types: String) {
        #expect(throws: ProblemDetails.self) { try EventFilter(types) }
    }

    @Test func aStreamsRequestIsRead() throws {
        let configuration = APIConfiguration()
        let plain = try StreamRequest(query: "", lastEventID: nil, accept: nil, configuration: configuration)
        #expect(plain.after == nil && plain.format == .sse && plain.interval == .milliseconds(500))
        let full = try StreamRequest(
            query: "after=3&types=job.*&interval_ms=7", lastEventID: "12", accept: "application/x-ndjson",
            configuration: configuration)
        #expect(full.after == Revision(12) && full.format == .ndjson && full.interval == .milliseconds(100))
        let slow = try StreamRequest(
            query: "interval_ms=99999999999", lastEventID: "", accept: "text/plain", configuration: configuration)
        #expect(slow.interval == .seconds(60) && slow.format == .text && slow.after == nil)
        let future = try StreamRequest(
            query: "", lastEventID: "99999999999999999999999", accept: "text/html", configuration: configuration)
        #expect(future.after == Revision(.max) && future.format == .sse)
        for query in ["types=", "interval_ms=x", "after=x", "after=-1", "x=1"] {
            #expect(throws: ProblemDetails.self, "\(query)") {
                try StreamRequest(query: query, lastEventID: nil, accept: nil, configuration: configuration)
            }
        }
        #expect(throws: ProblemDetails.self) {
            try StreamRequest(query: "", lastEventID: "x", accept: nil, configuration: configuration)
        }
    }
}
