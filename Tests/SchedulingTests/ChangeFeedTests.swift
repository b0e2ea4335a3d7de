import Model
import Storage
import Support
import Testing

@testable import Scheduling

@Suite(.timeLimit(.minutes(5))) struct ChangeFeedTests {
    private let feed = ChangeFeed()
    private let job = JobNumber(1)

    private func commit(_ revision: Int64, of job: Int64 = 1, isEvent: Bool = false) -> Commit {
        Commit(
            watermark: Revision(revision), jobs: [JobNumber(job)], jobEvents: isEvent ? [JobNumber(job)] : [])
    }

    /// Whether a wait returns by itself; it is cancelled once all that was announced has had its effect.
    private func returnsAtOnce(_ interest: ChangeFeed.Interest, beyond revision: Int64) async -> Bool {
        await withTaskGroup { group in
            group.addTask {
                await feed.wait(for: interest, beyond: Revision(revision))
                return !Task.isCancelled
            }
            // A wait that does not return at once is in the feed's list when this one, begun after it, has begun.
            for _ in 0..<100 { await Task.yield() }
            group.cancelAll()
            return await group.next() ?? false
        }
    }

    @Test func aCommitBetweenTheReadAndTheWaitIsNotMissed() async {
        feed.announce(commit(5))
        await feed.wait(for: .job(job), beyond: Revision(4))
        await feed.wait(for: .everything, beyond: Revision(4))
        #expect(await !returnsAtOnce(.job(job), beyond: 5))
        #expect(await !returnsAtOnce(.jobEvents(job), beyond: 4))
        #expect(await !returnsAtOnce(.allJobEvents, beyond: 4))
        #expect(await !returnsAtOnce(.job(JobNumber(2)), beyond: 4))
    }

    @Test func theLastCommitOfAJobThatWasForgottenIsNotMissed() async {
        feed.announce(commit(5, isEvent: true))
        feed.forget(job)
        // In this order: the reader read revision 4, the job ended with 5 and was forgotten, the reader waits.
        await feed.wait(for: .job(job), beyond: Revision(4))
        await feed.wait(for: .jobEvents(job), beyond: Revision(4))
        #expect(await !returnsAtOnce(.job(job), beyond: 5))
    }

    @Test func soManyJobsMayComeAndGoThatTheyAreNotAllRemembered() async {
        for number in 1...Int64(10_000) { feed.announce(commit(number, of: number, isEvent: true)) }
        for number in [Int64(1), 5_000, 10_000] {
            await feed.wait(for: .jobEvents(JobNumber(number)), beyond: Revision(number - 1))
        }
        #expect(await !returnsAtOnce(.job(job), beyond: 10_000))
    }

    @Test func eachInterestIsWokenByItsOwnCommitsOnly() async {
        await withTaskGroup { group in
            let interests: [ChangeFeed.Interest] = [
                .job(job), .jobEvents(job), .everything, .allJobEvents, .job(JobNumber(2)),
            ]
            for interest in interests {
                group.addTask { [feed] in
                    await feed.wait(for: interest, beyond: Revision(0))
                    return interest
                }
            }
            feed.announce(commit(1))
            var woken: Set<ChangeFeed.Interest> = []
            for await interest in group.prefix(2) { woken.insert(interest) }
            #expect(woken == [.job(job), .everything])
            feed.announce(commit(2, isEvent: true))
            for await interest in group.prefix(2) { woken.insert(interest) }
            #expect(woken == [.job(job), .everything, .jobEvents(job), .allJobEvents])
            feed.close()
            for await interest in group { woken.insert(interest) }
            #expect(woken.count == 5)
        }
    }

    @Test func aClosedFeedAndACancelledTaskNeverWait() async {
        await withTaskGroup { group in
            group.addTask { [feed] in await feed.wait(for: .everything, beyond: Revision(9)) }
            group.cancelAll()
            await group.waitForAll()
        }
        feed.close()
        await feed.wait(for: .everything, beyond: Revision(9))
        await feed.wait(for: .job(job), beyond: Revision(9), timeout: .seconds(3_600))
    }

    @Test func cancelsAndCommitsMayRace() async {
        for round in 0..<200 {
            await withTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask { [feed, job] in await feed.wait(for: .job(job), beyond: Revision(Int64(round))) }
                }
                group.addTask { [feed] in feed.announce(commit(Int64(round + 1))) }
                if round % 2 == 0 { group.cancelAll() }
                await group.waitForAll()
            }
        }
    }

    @Test func aWaitEndsByItselfAndNeverTooEarly() async {
        let clock = ContinuousClock()
        await withTaskGroup { group in
            // The first one's deadline is the last, so that the timer has to be set anew.
            for milliseconds in [300] + (1...250).map({ $0 % 60 }) {
                group.addTask { [feed, job] in
                    let began = clock.now
                    await feed.wait(for: .job(job), beyond: Revision(9), timeout: .milliseconds(milliseconds))
                    return (milliseconds, began.duration(to: clock.now))
                }
            }
            for await (milliseconds, waited) in group { #expect(waited >= .milliseconds(milliseconds)) }
        }
    }

    @Test func deadlinesCancelsAndCommitsMayRace() async {
        for round in 0..<200 {
            await withTaskGroup { group in
                for waiter in 0..<8 {
                    group.addTask { [feed, job] in
                        let timeout = Duration.microseconds(waiter * 400)
                        await feed.wait(for: .job(job), beyond: Revision(Int64(round)), timeout: timeout)
                    }
                }
                group.addTask { [feed] in feed.announce(commit(Int64(round + 1))) }
                if round % 2 == 0 { group.cancelAll() }
                await group.waitForAll()
            }
        }
    }
}
