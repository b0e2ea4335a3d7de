import Testing

@testable import DevStore

/// The one timer behind all delays.
@Suite(.timeLimit(.minutes(5)))
struct AlarmTests {
    /// Lateness is a figure: a busy machine may be late, but nobody may be early.
    @Test func manySleepAtOnceAndNobodyWakesEarly() async {
        let alarm = Alarm()
        let clock = ContinuousClock()
        let lateness = await withTaskGroup(of: Duration.self) { group in
            for index in 0..<256 {
                let wanted = Duration.microseconds(20_000 + index * 37 % 5_000)
                group.addTask {
                    let start = clock.now
                    await alarm.sleep(wanted)
                    return clock.now - start - wanted
                }
            }
            return await group.reduce(into: [Duration]()) { $0.append($1) }
        }
        let sorted = lateness.sorted()
        #expect(sorted.count == 256 && sorted[0] >= .zero)
        print("late by \(sorted[128]) at the median, \(sorted[255]) at most")
    }

    @Test func stoppingWakesSleepersAndLetsNobodySleep() async {
        let alarm = Alarm()
        let sleepers = (1...3).map { hours in Task { await alarm.sleep(.seconds(hours * 3600)) } }
        alarm.stop()
        for sleeper in sleepers { await sleeper.value }
        await alarm.sleep(.seconds(3600))
    }
}
