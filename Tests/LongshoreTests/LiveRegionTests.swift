import Testing

@testable import longshore

/// What a terminal is told so that the same lines change and all others stay.
struct LiveRegionTests {
    @Test func drawsEachFrameWhereTheLastOneBegan() {
        var region = LiveRegion()
        #expect(region.frame(["ab", "c"], columns: [2, 1], width: 10) == "\rab\u{1B}[K\r\nc\u{1B}[K\u{1B}[J\r")
        #expect(region.frame(["d"], columns: [1], width: 10) == "\r\u{1B}[1Ad\u{1B}[K\u{1B}[J\r")
        #expect(region.frame(["e"], columns: [1], width: 10) == "\re\u{1B}[K\u{1B}[J\r")
        #expect(region.cleared(width: 10) == "\r\u{1B}[J")
        #expect(region.cleared(width: 10) == "")
    }

    @Test func findsItsBeginningWhenTheTerminalHasWrappedIt() {
        var region = LiveRegion()
        _ = region.frame(["0123456789", "01"], columns: [10, 2], width: 20)
        // Ten columns in a width of four are three rows; the cursor is on the one below.
        #expect(region.frame(["x"], columns: [1], width: 4).hasPrefix("\r\u{1B}[3Ax"))
    }

    @Test(arguments: [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("🚢", 2), ("", 0)])
    func countsColumns(text: String, columns: Int) {
        #expect(TextColumns.count(text) == columns)
    }

    @Test func cutsAndPadsToColumns() {
        #expect(TextColumns.left("日本語", width: 5) == "日本 " && TextColumns.right("日本語", width: 5) == " 日本")
        #expect(TextColumns.prefix("日本語", fitting: 0) == "")
    }
}
