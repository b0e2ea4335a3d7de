import Support
import Testing
import Transfers

@Suite struct ModificationTimeTests {
    @Test(arguments: [
        (0, "0"), (1_700_000_000_500_000_000, "1700000000.5"), (-1, "-0.000000001"), (1, "0.000000001"),
        (-1_500_000_000, "-1.5"), (1_000_000_000, "1"), (1_020_000_000, "1.02"), (999_999_999, "0.999999999"),
    ])
    func theTable(nanoseconds: Int64, text: String) {
        #expect(ModificationTime.text(nanoseconds: nanoseconds) == text)
        #expect(ModificationTime.nanoseconds(text) == nanoseconds)
    }

    @Test func everyTimeIsReadBackAsItWas() {
        var dice = SeededGenerator()
        for _ in 0..<2_000 {
            let time = Int64.random(in: -8_999_999_999_999_999_999...8_999_999_999_999_999_999, using: &dice)
            #expect(ModificationTime.nanoseconds(ModificationTime.text(nanoseconds: time)) == time, "seed \(dice.seed)")
        }
    }

    /// As other tools write them: trailing zeros, more digits than nine, none behind the point.
    @Test(arguments: [
        ("1700000000.500000000", 1_700_000_000_500_000_000), ("1.1234567899", 1_123_456_789), ("5.", 5_000_000_000),
        ("007", 7_000_000_000),
    ])
    func otherFormsAreRead(text: String, nanoseconds: Int64) {
        #expect(ModificationTime.nanoseconds(text) == nanoseconds)
    }

    @Test(arguments: [
        "", "-", ".", ".5", "x", "1x", "1.x", "1.5.5", "+1", " 1", "1e9", "--1", "9000000000", "99999999999999999999",
        "\u{661}",
    ])
    func whatIsNoTimeIsNone(text: String) { #expect(ModificationTime.nanoseconds(text) == nil) }

    @Test func theEarliestAndTheLatestTimesHaveATextToo() {
        #expect(ModificationTime.text(nanoseconds: .max) == "9223372036.854775807")
        #expect(ModificationTime.text(nanoseconds: .min) == "-9223372036.854775808")
    }
}
