import Model
import Support
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_795_246_320_123_456, "2026-11-21T07:32:00.123Z"),
        (1_709_164_799_999_999, "2024-02-28T23:59:59.999Z"), (1_709_164_800_000_000, "2024-02-29T00:00:00.000Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (-1_000_000, "1969-12-31T23:59:59.000Z"),
        (-86_400_000_000, "1969-12-31T00:00:00.000Z"), (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
        (253_402_300_799_999_000, "9999-12-31T23:59:59.999Z"),
    ])
    func theTable(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test func timesAndDurationsAddUp() {
        var dice = SeededGenerator()
        for _ in 0..<200 {
            let time = Timestamp(microseconds: Int64.random(in: -1_000_000_000...1_000_000_000, using: &dice))
            let step = Duration.microseconds(Int64.random(in: -1_000_000_000...1_000_000_000, using: &dice))
            #expect(time.advanced(by: step).since(time) == step, "seed \(dice.seed)")
        }
        #expect(Duration.nanoseconds(1_999).inMicroseconds == 1 && Duration.milliseconds(1_500).inSeconds == 1.5)
    }

    @Test func jobIDsSortByTimeAndAreReadBack() throws {
        var dice = SeededGenerator(seed: 1)
        let ids = [1, 2, 1_000, 1_795_246_320_123].map { milliseconds in
            JobID(createdAt: Timestamp(microseconds: milliseconds * 1_000), using: &dice).rawValue
        }
        #expect(ids == ids.sorted() && ids.allSatisfy { $0.utf8.count == 26 && JobID($0) != nil })
        for text in ["", "a b", "a/b", "\u{E9}", String(repeating: "a", count: 65)] { #expect(JobID(text) == nil) }
        #expect(JobID(String(repeating: "a", count: 64)) != nil && JobID("A-z_9") != nil)
    }
}
