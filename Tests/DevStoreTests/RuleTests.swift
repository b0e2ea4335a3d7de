import Model
import Testing

@testable import DevStore

/// Small rules without a server.
@Suite struct RuleTests {
    @Test(arguments: [
        ("bytes=0-3", 0..<4), ("bytes=8-", 8..<10), ("bytes=-3", 7..<10), ("bytes=-30", 0..<10), ("bytes=2-99", 2..<10),
    ])
    func readsRanges(header: String, expected: Range<Int64>) {
        #expect(RequestedRange(header)?.bytes(of: 10) == expected)
    }

    @Test(arguments: ["bytes=10-", "bytes=-0"])
    func knowsRangesBehindTheEnd(header: String) throws {
        let range = try #require(RequestedRange(header))
        #expect(range.bytes(of: 10) == nil)
    }

    @Test(arguments: ["bytes=", "bytes=-", "bytes=3-1", "bytes=1-2,4-5", "items=0-1", "bytes=a-b", "bytes=1"])
    func ignoresOtherRanges(header: String) {
        #expect(RequestedRange(header) == nil)
    }

    /// 2 in flight for 1 s, none for 5 s, 4 for 1 s.
    @Test func averagesOverBusyTimeOnly() {
        var gauge = Gauge(now: .seconds(100))
        gauge.add(2, now: .seconds(100))
        gauge.add(-2, now: .seconds(101))
        gauge.add(4, now: .seconds(106))
        gauge.settle(.seconds(107))
        #expect(gauge.average == 3)
        #expect(gauge.busy == .seconds(2))
        #expect(gauge.highest == 4)
        gauge.reset(now: .seconds(107))
        #expect(gauge.highest == 4, "what is in flight stays so")
        gauge.add(-3, now: .seconds(108))
        gauge.settle(.seconds(109))
        #expect(gauge.average == 2.5)
    }

    @Test func writesAndReadsHTTPDates() {
        let time = Timestamp(microseconds: 784_111_777_900_000)
        #expect(time.httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(Timestamp(httpDate: time.httpDate)?.seconds == time.seconds)
        #expect(Timestamp(seconds: 0).httpDate == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(Timestamp(httpDate: "Thu, 29 Feb 2024 12:00:00 GMT")?.seconds == 1_709_208_000)
        #expect(Timestamp(httpDate: "yesterday") == nil)
    }

    @Test func encodesNamesAsS3Does() {
        #expect(PercentCoding.encodeForListing(Array("a b/é+~*%\n".utf8)) == "a+b/%C3%A9%2B%7E*%25%0A")
        #expect(PercentCoding.decode(Array("a%20b+%2B".utf8)) == Array("a b++".utf8))
        #expect(PercentCoding.decode(Array("%4".utf8)) == nil)
        #expect(PercentCoding.decode(Array("%zz".utf8)) == nil)
    }

    @Test func readsDocuments() throws {
        let text = """
            <?xml version="1.0"?><!-- c --><x:Delete xmlns:x='u' a="1>2"><Quiet> true </Quiet>
            <Object><Key>a&amp;&#x41;&#66;<![CDATA[<&]]></Key></Object><Object/></x:Delete>
            """
        let document = try XMLReader.document(Array(text.utf8))
        #expect(document.name == "Delete")
        #expect(document.string("Quiet") == "true")
        #expect(document.all("Object").count == 2)
        #expect(document.first("Object")?.first("Key").map { String(decoding: $0.text, as: UTF8.self) } == "a&AB<&")
    }

    @Test(arguments: [
        "", "<a>", "<a></b>", "<a>&unknown;</a>", "<!DOCTYPE a><a/>", "<a/><b/>", "<a b></a>", "<a>&#1114112;</a>",
        "text",
        String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17),
    ])
    func refusesBrokenDocuments(text: String) {
        #expect(throws: XMLReader.Malformed.self) { try XMLReader.document(Array(text.utf8)) }
    }

    @Test func givesEachPartItsPlaceOnce() {
        var slots = PartSlots(file: 1, size: 5)
        #expect(slots.take(1, size: 5) == 0)
        #expect(slots.take(3, size: 2) == 10)
        #expect(slots.take(3, size: 2) == nil, "it may still be written")
        #expect(slots.take(2, size: 6) == nil, "too large")
        slots.giveBack(3)
        #expect(slots.take(3, size: 5) == 10)
    }
}
