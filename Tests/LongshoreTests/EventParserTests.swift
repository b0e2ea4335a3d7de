import Testing

@testable import longshore

/// Event streams, taken apart as the HTML standard has it.
struct EventParserTests {
    private static let stream = """
        : hello

        event: job.snapshot
        data: {"id":"a"}

        id: 7
        event: part.succeeded
        data: {"path":
        data:  "ü"}

        id: 9
        : heartbeat

        data

        data:
        retry: 5
        nonsense


        """

    private static let events = [
        ServerSentEvent(id: nil, name: "job.snapshot", data: Array(#"{"id":"a"}"#.utf8)),
        ServerSentEvent(id: "7", name: "part.succeeded", data: Array("{\"path\":\n \"ü\"}".utf8)),
        ServerSentEvent(id: nil, name: "message", data: []),
        ServerSentEvent(id: nil, name: "message", data: []),
    ]

    @Test(arguments: ["\n", "\r\n", "\r"], [1, 2, 3, 7, 1_000])
    func readsTheSameHoweverItIsCut(lineEnd: String, size: Int) {
        let bytes = Array(Self.stream.replacing("\n", with: lineEnd).utf8)
        var parser = EventParser()
        var events: [ServerSentEvent] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += parser.feed(Array(bytes[start..<min(bytes.count, start + size)]))
        }
        #expect(events == Self.events)
        #expect(parser.lastEventID == "9", "a heartbeat carries the id that was reached")
    }

    @Test func anEventThatIsNotCompleteIsNone() {
        var parser = EventParser()
        #expect(parser.feed(Array("id: 3\ndata: x\n".utf8)).isEmpty)
        #expect(parser.lastEventID == nil)
        #expect(parser.feed(Array("\n".utf8)).map(\.id) == ["3"])
        #expect(parser.lastEventID == "3")
    }

    @Test func readsAJobsEvents() throws {
        let document = try ClientSamples.document(state: "succeeded", done: true)
        let line = RemoteEvent(id: "12", name: "job.succeeded", data: document).line
        let event = try #require(RemoteEvent(ServerSentEvent(id: "12", name: "job.succeeded", data: document.line)))
        #expect(event.line == line && event.job?.hasSucceeded == true && event.progress == nil && event.parts == nil)
        #expect(
            String(decoding: line, as: UTF8.self).hasPrefix(#"{"id":12,"event":"job.succeeded","data":{"id":"01kjob""#))
        #expect(RemoteEvent(ServerSentEvent(id: nil, name: "job.progress", data: Array("{".utf8))) == nil)
    }
}
