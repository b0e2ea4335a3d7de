import API
import CurlTransport
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Logging
import Model
import S3Client
import Scheduling
import SigV4
import Storage
import Transfers

/// A router over a real scheduler and a real store in folders of their own. The scheduler does not run: jobs stay as
/// the test puts them, straight into the store, and no request ever leaves.
final class APIWorld: Sendable {
    let folder: URL
    let store: JobStore
    let feed = ChangeFeed()
    let scheduler: Scheduler
    let router: Router
    private let readers: ReaderPool

    var source: String { folder.appending(path: "data").path }

    /// - Parameter tenants: what they may use, by the folder that all local paths lie beneath.
    init(tokens: AccessTokens = .none, tenants make: (RootSet) -> [TenantName: TenantRights] = { _ in [:] }) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "longshore-api-\(UUID().uuidString)")
        let data = folder.appending(path: "data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try Data("hello".utf8).write(to: data.appending(path: "a.txt"))
        let now: @Sendable () -> Timestamp = {
            Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        }
        store = try JobStore(directory: folder.appending(path: "state").path, now: now) { [feed] in feed.announce($0) }
        readers = try ReaderPool(threads: 1)
        let tenants = make(try RootSet([data.path]))
        let s3 = try S3Client(
            configuration: StoreConfiguration(endpoint: "http://127.0.0.1:9"), transport: try Transport(),
            credentials: CredentialsProvider(Credentials(accessKeyID: "key", secretAccessKey: "secret")))
        scheduler = Scheduler(
            configuration: SchedulerConfiguration(), store: store, feed: feed, permits: PermitPool(cap: 64),
            clients: [TransferClient(name: .default, endpoint: "http://127.0.0.1:9", region: "us-east-1", s3: s3)],
            tenants: TenantTable(tenants, standard: TenantRights(roots: try RootSet([data.path]))), readers: readers,
            now: now, logger: Logger(label: "test"))
        let configuration = APIConfiguration(tokens: tokens, openAPIDocument: Array("openapi: 3.1.1\n".utf8))
        router = Router(scheduler: scheduler, configuration: configuration, logger: Logger(label: "test"))
    }

    func close() async {
        await readers.stop()
        await store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Runs `body` in a world of its own.
    static func with(
        tokens: AccessTokens = .none, tenants: (RootSet) -> [TenantName: TenantRights] = { _ in [:] },
        _ body: @Sendable (APIWorld) async throws -> Void
    ) async throws {
        let world = try APIWorld(tokens: tokens, tenants: tenants)
        do {
            try await body(world)
        } catch {
            await world.close()
            throw error
        }
        await world.close()
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ fields: [HTTPField.Name: String] = [:], body: String = ""
    ) async -> Answer {
        var head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path)
        for (name, value) in fields { head.headerFields[name] = value }
        if !body.isEmpty { head.headerFields[.contentLength] = "\(body.utf8.count)" }
        if case .refuse(let response) = router.plan(head) { return Answer(response) }
        return Answer(await router.respond(to: ServerRequest(head: head, body: Array(body.utf8)), sink: nil))
    }

    func spec(_ more: String = "") -> String { "{\"source\":\"\(source)\",\"bucket\":\"b\",\"prefix\":\"p\"\(more)}" }

    /// A job put straight into the store.
    func job(_ id: String, of tenant: TenantName = .default, _ change: (inout JobSpec) -> Void = { _ in }) async throws
        -> Job
    {
        var spec = JobSpec()
        spec.source = source
        spec.bucket = "b"
        spec.prefix = "p/"
        change(&spec)
        let submission = Submission(
            id: Samples.id(id), tenant: tenant, spec: spec, idempotencyKey: nil, createTime: Samples.time)
        guard case .created(let job, _) = try await store.submit(submission, maximumQueued: 1_000) else {
            throw Unexpected("job \(id) exists")
        }
        return job
    }

    @discardableResult
    func set(_ job: Job, _ state: JobState) async throws -> Job {
        let states = Set(JobState.allCases)
        guard let moved = try await store.setState(job.number, to: state, from: states, reason: nil, error: nil) else {
            throw Unexpected("job \(job.id) is gone")
        }
        return moved
    }

    /// Files `f0`, `f1`, ... of ten bytes.
    @discardableResult
    func addFiles(_ job: Job, _ count: Int, from: Int = 0) async throws -> ClosedRange<Int64> {
        let files = (from..<from + count).map { ScannedFile(path: Array("f\($0)".utf8), size: 10, state: .pending) }
        guard let numbers = try await store.addFiles(job.number, files) else { throw Unexpected("no file is new") }
        return numbers
    }

    func end(_ job: Job, _ file: Int64, _ state: FileState = .succeeded) async throws {
        var counters = JobCounters()
        if state == .succeeded { counters.filesSucceeded = 1 } else { counters.filesFailed = 1 }
        try await store.record(
            FileOutcome(
                job: job.number, number: FileNumber(file), state: state, size: 10, skipReason: nil, attempts: 1,
                etag: state == .succeeded ? ETag("tag") : nil, checksum: nil,
                failure: state == .failed ? Failure(.accessDenied, "no") : nil, startTime: Samples.time,
                endTime: Samples.time, counters: counters))
    }

    /// A multipart upload of the file with parts of 5 MiB, of which the first are stored as succeeded.
    func beginUpload(_ job: Job, _ file: Int64, parts: Int, succeeded: Int) async throws {
        let size = Int64(parts) * (5 << 20)
        let number = FileNumber(file)
        let intention = try await store.intend(
            job.number, file: number, store: .default, location: ObjectLocation(bucket: "b", key: [0x61]))
        let upload = MultipartUpload(
            uploadID: UploadID("u"), partSize: 5 << 20,
            identity: .file(FileIdentity(device: 1, inode: 1, size: size, modified: 0, changed: 0)))
        try await store.recordUpload(intention, upload: upload, size: size, counters: JobCounters())
        for part in 1...max(1, succeeded) where succeeded > 0 {
            let range = PartPlan(objectSize: size, storedPartSize: 5 << 20).range(of: PartNumber(part))
            try await store.record(
                PartOutcome(
                    job: job.number,
                    part: Part(
                        file: number, number: PartNumber(part), range: range, state: .succeeded, attempt: 1,
                        etag: ETag("e\(part)")), counters: JobCounters()))
        }
        try await store.flush()
    }
}

struct Unexpected: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
