import Testing

@testable import longshore

/// The columns of parts in flight.
struct PartsViewTests {
    private func part(_ number: Int, _ sent: Int64, path: String = "d/large.bin") -> RemotePart {
        ClientSamples.part(path, number, sent: sent)
    }

    @Test func aPartKeepsItsColumnUntilItIsDone() {
        var view = PartsView()
        view.show([part(1, 43), part(2, 7), part(3, 0)])
        #expect(
            view.lines(width: 80, rows: 10) == [
                "large.bin     1     2     3", "            43%    7%    0%",
            ])
        view.show([part(3, 50), part(1, 99)])
        #expect(view.lines(width: 80, rows: 10)[1] == "            99%         50%")
        view.show([part(4, 1), part(3, 60), part(1, 100)])
        #expect(
            view.lines(width: 80, rows: 10) == [
                "large.bin     1     4     3", "           100%    1%   60%",
            ])
        view.show([part(4, 2), part(1, 5, path: "a"), part(1, 6, path: "b"), part(2, 7, path: "b")])
        #expect(
            view.lines(width: 80, rows: 10) == [
                "          a  large.bin:4          b:1          b:2",
                "         5%           2%           6%           7%",
            ])
        view.show([])
        #expect(view.lines(width: 80, rows: 10).isEmpty)
    }

    @Test(arguments: 1...200)
    func staysInsideTheScreen(width: Int) {
        var view = PartsView()
        view.show((1...64).map { part($0, Int64($0), path: $0.isMultiple(of: 7) ? "日本語の長い名前のファイル" : "a\u{1B}[2Jb") })
        for rows in [0, 1, 2, 3, 5, 22] {
            let lines = view.lines(width: width, rows: rows)
            #expect(lines.count <= rows)
            for line in lines {
                #expect(TextColumns.count(line) <= width)
                #expect(!line.unicodeScalars.contains { $0.value < 0x20 })
            }
        }
    }

    @Test func countsWhatHasNoRoom() {
        var view = PartsView()
        view.show((1...64).map { part($0, 5) })
        let lines = view.lines(width: 79, rows: 5)
        #expect(lines.count == 5 && lines[4] == "and 42 more in flight")
    }

    @Test func oneLineForALog() {
        var view = PartsView()
        view.show([part(1, 43), part(2, 7)])
        #expect(view.sentence == "43% 7%")
    }
}
