import Model
import Testing

struct TraceParentTests {
    private let trace = "0af7651916cd43dd8448eb211c80319c"
    private let span = "b7ad6b7169203331"

    @Test func aValidOneIsTaken() throws {
        let parent = try #require(TraceParent("00-\(trace)-\(span)-01"))
        #expect(parent.traceID == trace && parent.parentID == span && parent.flags == "01")
        #expect(parent.text == "00-\(trace)-\(span)-01")
    }

    /// W3C Trace Context, "Versioning of traceparent": of a later version what this one knows counts.
    @Test(arguments: ["01-TRACE-SPAN-01", "cc-TRACE-SPAN-01-what-the-future-will-be-like", "cc-TRACE-SPAN-01-"])
    func aLaterVersionIsReadAsThisOne(form: String) throws {
        let parent = try #require(TraceParent(filled(form)))
        #expect(parent.text == "00-\(trace)-\(span)-01")
    }

    @Test(arguments: [
        "", "00", "00-TRACE-SPAN", "00-TRACE-SPAN-", "00-TRACE-SPAN-1", "00-TRACE-SPAN-011", "00-TRACE-SPAN-01-more",
        "ff-TRACE-SPAN-01", "0-TRACE-SPAN-01", "0x-TRACE-SPAN-01", "00_TRACE-SPAN-01", "00-TRACE_SPAN-01",
        "00-00000000000000000000000000000000-SPAN-01", "00-TRACE-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-SPAN-01", "00-TRACE-B7AD6B7169203331-01", "00-TRACE-SPAN-0A",
        "00-0af7651916cd43dd8448eb211c80319-SPAN-01", "00-TRACE-SPAN-01, 00-TRACE-SPAN-01", "cc-TRACE-SPAN-01.x",
        " 00-TRACE-SPAN-01", "00-TRACE-SPAN-0\u{e9}",
    ])
    func anInvalidOneIsNone(form: String) {
        #expect(TraceParent(filled(form)) == nil)
    }

    @Test func aChildHasTheTraceAndASpanOfItsOwn() throws {
        let parent = try #require(TraceParent("00-\(trace)-\(span)-00"))
        var generator = SystemRandomNumberGenerator()
        let children = (0..<100).map { _ in parent.child(using: &generator) }
        #expect(children.allSatisfy { TraceParent($0.text) == $0 && $0.traceID == trace && $0.flags == "00" })
        #expect(Set(children.map(\.parentID)).count == 100 && !children.contains { $0.parentID == span })
    }

    private func filled(_ form: String) -> String {
        form.replacing("TRACE", with: trace).replacing("SPAN", with: span)
    }
}
