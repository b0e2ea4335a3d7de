import API
import Model
import Scheduling
import Testing

struct TextTests {
    @Test(
        arguments: [
            (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_536, "1.5 KiB"), (1_048_575, "1023.9 KiB"),
            (4_831_838_208, "4.5 GiB"), (Int64.max, "8191.9 PiB"),
        ] as [(Int64, String)])
    func sizesAreShort(bytes: Int64, text: String) { #expect(TextFormat.bytes(bytes) == text) }

    @Test func countsHaveTheirThousandsApart() {
        #expect([0, 999, 1_000, 1_234_567].map(TextFormat.count) == ["0", "999", "1,000", "1,234,567"])
        #expect([59, 200, 18_060].map(TextFormat.duration(seconds:)) == ["59 s", "3 min 20 s", "5 h 1 min"])
    }

    @Test func percentagesAreWithinBounds() {
        #expect(TextFormat.percent(5, of: 10) == 50 && TextFormat.percent(11, of: 10) == 100)
        #expect(TextFormat.percent(0, of: 0) == 0 && TextFormat.percent(.max, of: .max) == 100)
    }

    @Test func namesCanNotMoveTheCursor() {
        #expect(TextFormat.name([0x61, 0x1B, 0x5B, 0xFF, 0xC2, 0x9B, 0xC3, 0xA9]) == "a\\x1b[\\xff\\xc2\\x9bé")
    }

    @Test func aJobIsATableWithAColumnForEachPart() {
        var counters = JobCounters()
        counters.filesTotal = 1_000
        counters.filesSucceeded = 400
        counters.bytesTotal = 4_831_838_208
        counters.bytesSucceeded = 1_024
        var live = LiveState()
        live.bytesPerSecond = 2_048
        live.etaSeconds = 12
        live.filesInFlight = 2
        let parts = [
            Samples.livePart(file: 1, number: 3, path: "a/b.bin", sent: 1),
            Samples.livePart(file: 2, path: "a/a-very-long-name-indeed.txt", sent: 9, isMultipart: false),
        ]
        let text = JobText.render(Samples.status(Samples.job(counters: counters), live: live), parts: parts)
        #expect(
            String(decoding: text, as: UTF8.self) == """
                job           nightly
                state         running
                from          /data/photos
                to            archive/p/
                files         400 of 1,000 succeeded, 0 failed, 0 skipped, 2 in flight, 598 pending
                bytes         1.0 KiB of 4.5 GiB, 2.0 KiB/s
                progress      0.0 %, 12 s left

                in flight     b.bin:3  ...g-name-indeed.txt
                                  10%                   90%

                """)
    }

    @Test func anEndedJobSaysHowLongItTook() {
        var counters = JobCounters()
        counters.bytesTotal = 10_240
        counters.bytesSucceeded = 10_240
        var job = Samples.job(.succeeded, counters: counters)
        job.endTime = job.startTime?.advanced(by: .milliseconds(2_500))
        let text = String(decoding: JobText.render(Samples.status(job), parts: []), as: UTF8.self)
        #expect(text.contains("bytes         10.0 KiB of 10.0 KiB, 4.0 KiB/s in 2.5 s\n"))
        #expect(TextFormat.duration(.seconds(200)) == "3 min 20 s")
    }

    @Test func whatIsSentCountsForPeople() {
        var counters = JobCounters()
        counters.filesTotal = 1
        counters.bytesTotal = 99
        var live = LiveState()
        live.bytesInFlight = 50
        let progress = JobProgress(Samples.job(counters: counters), live)
        #expect(progress.millionths == 0 && progress.millionthsSent == 500_000)
        live.bytesInFlight = 1_000
        #expect(JobProgress(Samples.job(counters: counters), live).millionthsSent == 999_999)
        #expect(JobProgress(Samples.job(counters: counters, scanComplete: false), live).millionthsSent == nil)
    }

    @Test func aFailedJobSaysWhy() {
        var job = Samples.job(.failed)
        job.error = Failure(.noSuchBucket, "gone")
        var failed = Samples.file("x", .failed)
        failed.failure = Failure(.accessDenied, "no")
        let text = String(decoding: JobText.render(Samples.status(job, failed: [failed]), parts: []), as: UTF8.self)
        #expect(
            text.contains("error         NO_SUCH_BUCKET gone\n") && text.contains("failed        x ACCESS_DENIED no\n"))
    }

    @Test func aPartKeepsItsColumnUntilItIsDone() {
        let job = JobNumber(1)
        func cells(_ parts: [LivePart]) -> [(job: JobNumber, part: LivePart)] { parts.map { (job, $0) } }
        var columns = PartColumns()
        let first = Samples.livePart(file: 1, sent: 1)
        let second = Samples.livePart(file: 2, sent: 2)
        let third = Samples.livePart(file: 3, sent: 3)
        #expect(columns.line(cells([first, second])) == " 10%  20%")
        #expect(columns.line(cells([second])) == "      20%")
        #expect(columns.line(cells([second, third])) == " 30%  20%")
        #expect(columns.line([(job, third), (JobNumber(2), third)]) == " 30%  30%")
        #expect(columns.line([]) == "")
    }

    @Test func theReportsFieldsAreQuotedWhereTheyMust() {
        var file = Samples.file("a,\"b\"\n", .failed)
        file.failure = Failure(.accessDenied, "no, never")
        var bytes: [UInt8] = []
        FileCSV.append(file, ObjectNaming(Samples.spec()), to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "\"a,\"\"b\"\"\n\",\"p/a,\"\"b\"\"\n\",10,failed,,,,0,ACCESS_DENIED,\"no, never\",,\r\n")
        bytes = []
        file.path = [0x61, 0xFF]
        FileCSV.append(file, ObjectNaming(Samples.spec()), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("a\u{FFFD},p/a\u{FFFD},10"))
    }
}
