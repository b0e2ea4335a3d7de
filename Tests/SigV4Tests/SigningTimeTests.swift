import SigV4
import Testing

@Suite struct SigningTimeTests {
    @Test(
        arguments: [
            (0, "19700101T000000Z"), (1_369_353_600, "20130524T000000Z"), (951_827_696, "20000229T123456Z"),
            (-1, "19691231T235959Z"), (4_107_542_399, "21000228T235959Z"), (4_107_542_400, "21000301T000000Z"),
        ] as [(Int64, String)])
    func formatsAndReadsBack(seconds: Int64, text: String) {
        let time = SigningTime(secondsSince1970: seconds)
        #expect(String(decoding: time.basicFormat, as: UTF8.self) == text)
        #expect(SigningTime(text.utf8) == time)
    }

    @Test func everyDayOfEightHundredYearsComesBack() {
        for day in stride(from: Int64(-50_000), to: 250_000, by: 1) {
            let time = SigningTime(secondsSince1970: day * 86_400 + 86_399)
            #expect(SigningTime(time.basicFormat) == time, "day \(day)")
            #expect(time.daysSince1970 == day)
        }
    }

    @Test(arguments: [
        "", "20130524", "20130524T000000", "20130524T240000Z", "20130229T000000Z", "20131301T000000Z",
        "20130500T000000Z", "2013o524T000000Z", "20130524t000000Z",
    ])
    func refusesWhatIsNoTime(text: String) {
        #expect(SigningTime(text.utf8) == nil)
    }
}
