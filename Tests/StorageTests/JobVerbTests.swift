import Testing

@testable import Model
@testable import Storage

/// What the verbs on jobs do and refuse.
struct JobVerbTests {
    @Test func aSubmittedJobIsReadBackWhole() async throws {
        let world = try World()
        let store = try world.open()
        let submission = world.submission("a", key: "k") { spec in
            spec.labels = ["team": "x"]
            spec.paths = ["a/b", "c"]
            spec.webhook = JobSpec.Webhook(url: "http://h/", events: ["job.finished"])
            spec.bandwidthLimit = 7
        }
        guard case .created(let job) = try await store.submit(submission, maximumQueued: 10) else {
            throw Unexpected("not created")
        }
        #expect(job.spec == submission.spec)
        #expect(try await store.job(job.id) == job)
        #expect(try await store.job(job.number) == job)
        #expect(store.watermark >= job.revision)
        await store.close()
    }
}
