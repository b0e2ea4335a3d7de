import Testing

@testable import Model
@testable import Storage

/// What the verbs on jobs do, and what they refuse.
@Suite(.timeLimit(.minutes(2)))
struct JobVerbTests {
    private let world: World
    private let store: JobStore

    init() throws {
        world = try World()
        store = try world.open()
    }

    // MARK: Submission

    /// Also with a spec that takes long to decode, which is read elsewhere.
    @Test(arguments: [2, 20_000]) func aSubmittedJobIsReadBackWhole(paths: Int) async throws {
        let submission = world.submission("a", key: "k") { spec in
            spec.labels = ["team": "x"]
            spec.paths = (0..<paths).map { "folder/\($0)" }
            spec.webhook = JobSpec.Webhook(url: "http://h/", events: ["job.finished"])
            spec.bandwidthLimit = 7
        }
        let job = try await created(submission)
        #expect(job.spec == submission.spec)
        #expect(job.state == .queued && job.attempt == 1 && job.createTime == submission.createTime)
        #expect(try await store.job(job.id) == job)
        #expect(try await store.job(job.number) == job)
        #expect(try await store.job(JobID("other")!) == nil)
        #expect(store.watermark >= job.revision)
    }

    @Test func theSameKeyAnswersWithTheFirstJobAndAnotherSpecWithAConflict() async throws {
        let first = try await created(world.submission("a", key: "k"))
        #expect(try await submit(world.submission("b", key: "k")) == .existing(first.number))
        let other = world.submission("c", key: "k") { $0.bucket = "elsewhere" }
        #expect(try await submit(other) == .conflictingKey(first.number))
        #expect(try await store.jobs(JobFilter(), before: nil, limit: 10).count == 1)
    }

    @Test func theSameIDAnswersWithTheFirstJobAndAnotherSpecWithAConflict() async throws {
        let first = try await created(world.submission("a"))
        #expect(try await submit(world.submission("a")) == .existing(first.number))
        let other = world.submission("a") { $0.concurrency = 3 }
        #expect(try await submit(other) == .conflictingID(first.number))
    }

    @Test func aReplayIsComparedWithWhatWasSubmittedNotWithWhatWasPatched() async throws {
        let first = try await created(world.submission("a", key: "k"))
        var patch = JobPatch()
        patch.concurrency = 99
        #expect(try await store.patch(first.number, patch)?.spec.concurrency == 99)
        #expect(try await submit(world.submission("z", key: "k")) == .existing(first.number))
    }

    @Test func noMoreJobsAreQueuedThanAllowed() async throws {
        let first = try await created(world.submission("a"), maximumQueued: 2)
        _ = try await created(world.submission("b"), maximumQueued: 2)
        #expect(try await submit(world.submission("c"), maximumQueued: 2) == .full)
        #expect(try await submit(world.submission("a"), maximumQueued: 2) == .existing(first.number))
        _ = try await store.setState(first.number, to: .running, from: [.queued])
        _ = try await created(world.submission("c"), maximumQueued: 2)
        await store.close()
        let again = try world.open()
        guard case .full = try await again.submit(world.submission("d"), maximumQueued: 2) else {
            throw Unexpected("the queued jobs were not counted anew")
        }
    }

    // MARK: States

    @Test func statesSetTheirTimes() async throws {
        let job = try await world.job(store)
        world.advance(.seconds(1))
        let running = try #require(try await store.setState(job.number, to: .running, from: [.queued]))
        #expect(running.startTime == Timestamp(microseconds: 2_000_000) && running.endTime == nil)
        world.advance(.seconds(1))
        let paused = try #require(
            try await store.setState(job.number, to: .paused, from: [.running], reason: "shutdown"))
        #expect(paused.stateReason == "shutdown" && paused.startTime == running.startTime)
        let resumed = try #require(try await store.setState(job.number, to: .running, from: [.paused]))
        #expect(resumed.stateReason == nil && resumed.startTime == running.startTime)
        let failure = Failure(.noSuchBucket, "gone", s3: Failure.S3(code: "X", httpStatus: 404, requestID: "r"))
        let failed = try #require(try await store.setState(job.number, to: .failed, from: [.running], error: failure))
        #expect(failed.error == failure && failed.endTime == Timestamp(microseconds: 3_000_000))
        #expect(
            [running, paused, resumed, failed].map(\.revision).sorted()
                == [running, paused, resumed, failed].map(\.revision))
    }

    @Test func aMoveReturnsTheRowAsItIsStored() async throws {
        let job = try await world.job(store, files: 2)
        try await store.record(world.outcome(job.number, 1))
        for (from, to) in [(JobState.queued, JobState.running), (.running, .paused), (.paused, .cancelled)] {
            let error = to.isFinal ? Failure(.timeout, "late") : nil
            let moved = try await store.setState(job.number, to: to, from: [from], reason: to.rawValue, error: error)
            #expect(try await store.job(job.number) == moved)
        }
    }

    @Test func anEndFollowsFromAllThatWasRecordedBefore() async throws {
        let job = try await world.job(store, files: 2)
        try await store.finishScan(job.number)
        _ = try await store.setState(job.number, to: .running, from: [.queued])
        try await store.record(world.outcome(job.number, 1))
        try await store.record(world.outcome(job.number, 2, .failed))
        guard case .ended(.partiallySucceeded) = try await store.end(job.number, with: nil, settled: false) else {
            throw Unexpected("not ended, or otherwise")
        }
        let ended = try #require(try await store.job(job.number))
        #expect(ended.state == .partiallySucceeded && ended.error == nil && ended.counters.filesFailed == 1)
        #expect(ended.startTime != nil && ended.endTime != nil)
        guard case .overtaken = try await store.end(job.number, with: nil, settled: true) else {
            throw Unexpected("it ended twice")
        }
    }

    @Test func anEndWaitsForOpenUploadsOfItsJobAlone() async throws {
        let job = try await world.job(store, files: 1)
        let other = try await world.job(store, "other", files: 1)
        for job in [job, other] { _ = try await store.setState(job.number, to: .running, from: [.queued]) }
        let intention = try await world.begin(store, other.number, file: 1, parts: 1, partSize: 5)
        let failure = Failure(.timeout, "late")
        guard case .ended = try await store.end(job.number, with: failure, settled: false) else {
            throw Unexpected("an upload of another job has kept it")
        }
        guard case .unsettled = try await store.end(other.number, with: failure, settled: false) else {
            throw Unexpected("it left an upload open")
        }
        #expect(try await store.job(other.number)?.state == .running)
        guard case .ended = try await store.end(other.number, with: failure, settled: true) else {
            throw Unexpected("not ended")
        }
        #expect(try await store.lostIntentions(after: 0, limit: 9).map(\.id) == [intention.id])
    }

    @Test func aStateThatWasNotExpectedIsLeftAlone() async throws {
        let job = try await world.job(store)
        #expect(try await store.setState(job.number, to: .paused, from: [.running, .pausing]) == nil)
        #expect(try await store.setState(JobNumber(99), to: .paused, from: Set(JobState.allCases)) == nil)
        #expect(try await store.job(job.number) == job)
    }

    @Test func onlyLabelsOfAnEndedJobArePatched() async throws {
        let job = try await world.job(store)
        _ = try await store.setState(job.number, to: .cancelled, from: [.queued])
        var patch = JobPatch()
        patch.labels = ["a": "b"]
        #expect(try await store.patch(job.number, patch)?.spec.labels == ["a": "b"])
        patch.bandwidthLimit = .some(nil)
        #expect(try await store.patch(job.number, patch) == nil)
        #expect(try await store.patch(JobNumber(99), JobPatch()) == nil)
    }

    // MARK: Lists

    @Test func jobsAreListedNewestFirstByStateKindAndLabels() async throws {
        for index in 1...9 {
            let submission = world.submission("j\(index)") { spec in
                spec.labels = index % 2 == 0 ? ["even": "yes", "all": "1"] : ["all": "1"]
                if index > 6 {
                    spec.kind = .download
                    spec.destination = "/d"
                }
            }
            let job = try await created(submission)
            if index % 3 == 0 { _ = try await store.setState(job.number, to: .running, from: [.queued]) }
        }
        #expect(try await ids(JobFilter(), limit: 3) == ["j9", "j8", "j7"])
        #expect(try await ids(JobFilter(), before: 4) == ["j3", "j2", "j1"])
        #expect(try await ids(JobFilter(states: [.running])) == ["j9", "j6", "j3"])
        #expect(try await ids(JobFilter(states: [.running, .queued]), limit: 4) == ["j9", "j8", "j7", "j6"])
        #expect(try await ids(JobFilter(states: [])) == [])
        #expect(try await ids(JobFilter(kind: .download)) == ["j9", "j8", "j7"])
        #expect(try await ids(JobFilter(labels: ["even": "yes"]), before: 7) == ["j6", "j4", "j2"])
        let narrow = JobFilter(states: [.queued], kind: .upload, labels: ["even": "yes", "all": "1"])
        #expect(try await ids(narrow) == ["j4", "j2"])
        #expect(try await ids(JobFilter(labels: ["even": "no"])) == [])
        #expect(try await store.unfinishedJobs().map(\.id.rawValue) == (1...9).map { "j\($0)" })
    }

    @Test func theQueuePositionCountsQueuedJobsBeforeIt() async throws {
        let jobs = try await [world.job(store, "a"), world.job(store, "b"), world.job(store, "c")]
        #expect(try await store.queuePosition(jobs[2].number) == 2)
        _ = try await store.setState(jobs[0].number, to: .running, from: [.queued])
        #expect(try await store.queuePosition(jobs[2].number) == 1)
    }

    // MARK: Attempts

    @Test func theNextAttemptTakesUpWhatFailed() async throws {
        let job = try await world.job(store, files: 3)
        let large = [ScannedFile(path: Array("large".utf8), size: 30)]
        _ = try await store.addFiles(job.number, large)
        _ = try await store.setState(job.number, to: .running, from: [.queued])
        try await store.record(world.outcome(job.number, 1))
        try await store.record(world.outcome(job.number, 2, .failed))
        _ = try await world.begin(store, job.number, file: 4, parts: 3, partSize: 10)
        try await store.record(world.part(job.number, 4, 1, size: 10))
        try await store.record(world.part(job.number, 4, 2, size: 10, state: .failed))
        try await store.record(world.outcome(job.number, 4, .failed, size: 30))
        #expect(try await store.startAttempt(job.number) == nil, "it has not ended")
        _ = try await store.setState(job.number, to: .partiallySucceeded, from: [.running])

        let next = try #require(try await store.startAttempt(job.number))
        #expect(next.state == .queued && next.attempt == 2 && next.endTime == nil && next.startTime != nil)
        var expected = JobCounters()
        expected.filesTotal = 4
        expected.filesSucceeded = 1
        expected.bytesTotal = 60
        expected.bytesSucceeded = 10
        #expect(next.counters == expected)
        let files = try await store.files(job.number, limit: 10)
        #expect(files.map(\.state) == [.succeeded, .pending, .pending, .pending])
        #expect(files[3].multipart == nil && files[3].failure == nil && files[3].revision == nil)
        #expect(try await store.parts(job.number, limit: 10).isEmpty)
        #expect(try await store.queuePosition(job.number) == 0)
    }

    @Test func aSucceededJobHasNoNextAttempt() async throws {
        let job = try await world.job(store)
        _ = try await store.setState(job.number, to: .succeeded, from: [.queued])
        #expect(try await store.startAttempt(job.number) == nil)
    }

    // MARK: Deletion

    @Test func aDeletedJobIsGoneAndItsNamesAreFree() async throws {
        let first = try await created(world.submission("a", key: "k") { $0.labels = ["l": "v"] })
        #expect(try await store.delete(first.number) == false, "it has not ended")
        _ = try await store.setState(first.number, to: .cancelled, from: [.queued])
        #expect(try await store.delete(first.number))
        #expect(try await store.delete(first.number) == false)
        #expect(try await store.job(first.id) == nil)
        #expect(try await store.job(first.number) == nil)
        #expect(try await ids(JobFilter(labels: ["l": "v"])) == [])
        let second = try await created(world.submission("a", key: "k"))
        #expect(second.number > first.number)
    }

    // MARK: Helpers

    private enum Answer: Equatable {
        case existing(JobNumber), conflictingID(JobNumber), conflictingKey(JobNumber), full, created(JobNumber)
    }

    private func submit(_ submission: Submission, maximumQueued: Int = 100) async throws -> Answer {
        switch try await store.submit(submission, maximumQueued: maximumQueued) {
        case .created(let job, _): .created(job.number)
        case .existing(let job): .existing(job.number)
        case .conflictingID(let job): .conflictingID(job.number)
        case .conflictingKey(let job): .conflictingKey(job.number)
        case .full: .full
        }
    }

    private func created(_ submission: Submission, maximumQueued: Int = 100) async throws -> Job {
        guard case .created(let job, _) = try await store.submit(submission, maximumQueued: maximumQueued) else {
            throw Unexpected("\(submission.id) was not created")
        }
        return job
    }

    private func ids(_ filter: JobFilter, before: Int64? = nil, limit: Int = 100) async throws -> [String] {
        try await store.jobs(filter, before: before.map(JobNumber.init), limit: limit).map(\.id.rawValue)
    }
}
