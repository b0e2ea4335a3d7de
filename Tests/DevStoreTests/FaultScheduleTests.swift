import Testing

@testable import DevStore

/// Which request a rule is for.
@Suite struct FaultScheduleTests {
    private static func subject(_ operation: S3Operation, _ key: String, part: Int? = nil) -> FaultSchedule.Subject {
        FaultSchedule.Subject(operation: operation, bucket: "b", key: KeyBytes(key), partNumber: part)
    }

    /// The error codes that so many equal requests get; nil for none.
    private static func codes(
        _ schedule: inout FaultSchedule, _ count: Int, _ subject: FaultSchedule.Subject
    ) -> [String?] {
        (0..<count).map { _ in schedule.next(for: subject, now: 0)?.error?.code }
    }

    @Test func countsMatchesFromAndUpTo() {
        var schedule = FaultSchedule([FaultRule(.putObject, from: 3, count: 2).failing(500, "E")])
        #expect(Self.codes(&schedule, 6, Self.subject(.putObject, "a")) == [nil, nil, "E", "E", nil, nil])
        #expect(Self.codes(&schedule, 1, Self.subject(.getObject, "a")) == [nil])
        #expect(schedule.uses == [2])
    }

    @Test func repliesInOrder() {
        var schedule = FaultSchedule([
            FaultRule(count: 1).failing(500, "A"), FaultRule(count: 2).failing(500, "B"),
            FaultRule(count: 1).failing(500, "C"),
        ])
        #expect(Self.codes(&schedule, 5, Self.subject(.headObject, "k")) == ["A", "B", "B", "C", nil])
    }

    @Test func anOrderedScriptWaitsForItsFirstRule() {
        var schedule = FaultSchedule(
            [FaultRule(.putObject, count: 1).failing(500, "A"), FaultRule(count: 1).failing(500, "B")], isOrdered: true)
        #expect(Self.codes(&schedule, 2, Self.subject(.getObject, "k")) == [nil, nil])
        #expect(Self.codes(&schedule, 1, Self.subject(.putObject, "k")) == ["A"])
        #expect(Self.codes(&schedule, 1, Self.subject(.getObject, "k")) == ["B"])
    }

    @Test func matchesKeysAndParts() {
        var prefixed = FaultRule().failing(500, "P")
        prefixed.keyPrefix = "photos/"
        var numbered = FaultRule(.uploadPart).failing(500, "N")
        numbered.partNumber = 2
        var schedule = FaultSchedule([prefixed, FaultRule(key: "**/*.raw").failing(500, "G"), numbered])
        #expect(schedule.next(for: Self.subject(.putObject, "photos/a"), now: 0)?.error?.code == "P")
        #expect(schedule.next(for: Self.subject(.putObject, "x/y/a.raw"), now: 0)?.error?.code == "G")
        #expect(schedule.next(for: Self.subject(.putObject, "x/a.jpg"), now: 0) == nil)
        #expect(schedule.next(for: Self.subject(.uploadPart, "x", part: 1), now: 0) == nil)
        #expect(schedule.next(for: Self.subject(.uploadPart, "x", part: 2), now: 0)?.error?.code == "N")
    }

    @Test func drawsTheSameFromTheSameSeed() {
        var rule = FaultRule().failing(500, "E")
        rule.probability = 0.3
        var first = FaultSchedule([rule], seed: 7)
        var second = FaultSchedule([rule], seed: 7)
        let drawn = Self.codes(&first, 1000, Self.subject(.putObject, "a"))
        #expect(drawn == Self.codes(&second, 1000, Self.subject(.putObject, "a")))
        #expect((230...370).contains(drawn.count { $0 != nil }))
    }

    /// 10 per second for 3 s: the first second's worth at once, and then one each 100 ms.
    @Test func throttlesToItsRate() {
        var schedule = FaultSchedule([FaultRule().throttled(perSecond: 10)])
        var passed: [Int] = []
        for millisecond in 0..<3000
        where schedule.next(
            for: Self.subject(.putObject, "a"), now: Double(millisecond) / 1000) == nil
        {
            passed.append(millisecond)
        }
        #expect((38...40).contains(passed.count))
        #expect(passed.prefix(10).last == 9)
        let refused = schedule.next(for: Self.subject(.putObject, "a"), now: 3)
        #expect(refused?.error?.code == "SlowDown" && refused?.error?.status == 503)
    }
}
