import API
import Model
import Scheduling
import Testing

struct ListingTests {
    private func stored(_ file: Int64, _ number: Int, _ state: PartState) -> PartRow {
        PartRow(
            part: Part(
                file: FileNumber(file), number: PartNumber(number), range: ByteRange(offset: 0, count: 10),
                state: state,
                attempt: 1), path: [])
    }

    private func live(_ file: Int64, _ number: Int = 1) -> PartRow {
        PartRow(Samples.livePart(file: file, number: number, sent: 5))
    }

    private func position(_ file: Int64, _ number: Int) -> PartPosition {
        PartPosition(file: FileNumber(file), number: PartNumber(number))
    }

    private func told(_ rows: [PartRow]) -> [String] {
        rows.map { "\($0.part.file.rawValue).\($0.part.number.rawValue) \($0.part.state.rawValue)" }
    }

    @Test func liveAndStoredPartsStandInOneOrder() {
        let rows = PartListing.merged(
            stored: [stored(2, 1, .succeeded), stored(2, 2, .pending), stored(2, 3, .failed), stored(5, 1, .pending)],
            live: [live(1), live(2, 1), live(2, 2), live(2, 3), live(4), live(9)], after: nil, through: nil)
        #expect(
            told(rows) == [
                "1.1 in_flight", "2.1 succeeded", "2.2 in_flight", "2.3 in_flight", "4.1 in_flight", "5.1 pending",
                "9.1 in_flight",
            ])
        #expect(rows[1].bytesSent == 10 && rows[2].bytesSent == 5 && rows[5].bytesSent == 0)
    }

    @Test func aPageHoldsLivePartsWithinItsEndsAlone() {
        let rows = PartListing.merged(
            stored: [stored(2, 1, .pending), stored(2, 2, .pending)], live: [live(1), live(2, 1), live(3)],
            after: position(1, 1), through: position(2, 2))
        #expect(told(rows) == ["2.1 in_flight", "2.2 pending"])
        let last = PartListing.merged(stored: [], live: [live(1), live(3)], after: position(2, 2), through: nil)
        #expect(told(last) == ["3.1 in_flight"])
    }

    @Test(arguments: 0..<50)
    func pagesTogetherHoldEveryPartOnce(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let all = (1...20).flatMap { file in (1...3).map { position(Int64(file), $0) } }
        let storedPositions = all.filter { _ in Bool.random(using: &generator) }
        let livePositions = all.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
        let rows = storedPositions.map { stored($0.file.rawValue, $0.number.rawValue, .pending) }
        let moving = livePositions.map { live($0.file.rawValue, $0.number.rawValue) }
        var seen: [PartPosition] = []
        var after: PartPosition?
        while true {
            let batch = Array(rows.filter { row in after.map { row.position > $0 } ?? true }.prefix(7))
            let end = batch.count < 7 ? nil : batch.last?.position
            seen += PartListing.merged(stored: batch, live: moving, after: after, through: end).map(\.position)
            guard let end else { break }
            after = end
        }
        #expect(seen == Set(storedPositions + livePositions).sorted())
    }

    @Test func aFileThatMovesIsInFlightUnlessItIsStoredAsEnded() {
        let moving = FileListing.attempts(in: [
            Samples.livePart(file: 1), Samples.livePart(file: 1, number: 2), Samples.livePart(file: 2),
        ])
        #expect(FileListing.overlaid(Samples.file("a", .pending, number: 1), moving).state == .inFlight)
        #expect(FileListing.overlaid(Samples.file("a", .pending, number: 1), moving).attempts == 1)
        #expect(FileListing.overlaid(Samples.file("b", .succeeded, number: 2), moving).state == .succeeded)
        #expect(FileListing.overlaid(Samples.file("c", .pending, number: 3), moving).state == .pending)
    }
}
