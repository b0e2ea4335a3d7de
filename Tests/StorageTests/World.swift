import Foundation
import Synchronization

@testable import Model
@testable import Storage

/// A store in a directory of its own, which goes with it; its clock stands until it is moved.
final class World: Sendable {
    let directory: String
    let clock = Mutex(Timestamp(microseconds: 1_000_000))
    let commits = Mutex<[Commit]>([])

    init() throws {
        directory = NSTemporaryDirectory() + "longshore-storage-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var state: String { directory + "/state" }

    func open(_ path: String? = nil) throws -> JobStore {
        try JobStore(
            directory: path ?? state, now: { self.clock.withLock { $0 } },
            onCommit: { commit in self.commits.withLock { $0.append(commit) } })
    }

    func advance(_ duration: Duration) { clock.withLock { $0 = $0.advanced(by: duration) } }

    func submission(_ id: String, key: String? = nil, _ change: (inout JobSpec) -> Void = { _ in }) -> Submission {
        var spec = JobSpec()
        spec.source = "/data"
        spec.bucket = "bucket"
        change(&spec)
        return Submission(id: JobID(id)!, spec: spec, idempotencyKey: key, createTime: clock.withLock { $0 })
    }

    /// A job with `count` files of `size` bytes, `f1` and so on, whose scan is complete.
    func job(
        _ store: JobStore, _ id: String = "job", of tenant: TenantName = .default, files count: Int = 0,
        size: Int64 = 10
    ) async throws -> Job {
        var submission = submission(id)
        submission.tenant = tenant
        guard case .created(let job, _) = try await store.submit(submission, maximumQueued: 1_000_000) else {
            throw Unexpected("the job was there already")
        }
        if count > 0 { _ = try await store.addFiles(job.number, Self.files(1...count, size: size)) }
        return job
    }

    static func files(_ numbers: ClosedRange<Int>, size: Int64 = 10) -> [ScannedFile] {
        numbers.map { ScannedFile(path: Array("f\($0)".utf8), size: size) }
    }

    func outcome(_ job: JobNumber, _ file: Int64, _ state: FileState = .succeeded, size: Int64 = 10) -> FileOutcome {
        var counters = JobCounters()
        switch state {
        case .succeeded:
            counters.filesSucceeded = 1
            counters.bytesSucceeded = Int(size)
        case .failed:
            counters.filesFailed = 1
            counters.bytesFailed = Int(size)
        default:
            counters.filesSkipped = 1
            counters.bytesSkipped = Int(size)
        }
        return FileOutcome(
            job: job, number: FileNumber(file), state: state, size: size,
            skipReason: state == .skipped ? "up_to_date" : nil, attempts: 1,
            etag: state == .succeeded ? ETag("e\(file)") : nil,
            checksum: state == .succeeded ? Checksum(.crc32c, base64: "yZRlqg==") : nil,
            failure: state == .failed ? Failure(.accessDenied, "no") : nil,
            startTime: Timestamp(microseconds: 5), endTime: Timestamp(microseconds: 9), counters: counters)
    }

    func part(_ job: JobNumber, _ file: Int64, _ number: Int, size: Int64, state: PartState = .succeeded) -> PartOutcome
    {
        var counters = JobCounters()
        if state == .succeeded {
            counters.partsSucceeded = 1
            counters.bytesSucceeded = Int(size)
        }
        return PartOutcome(
            job: job,
            part: Part(
                file: FileNumber(file), number: PartNumber(number),
                range: ByteRange(offset: Int64(number - 1) * size, count: size), state: state, attempt: 1,
                etag: ETag("p\(number)"), checksum: Checksum(.crc32c, base64: "AAAAAA=="),
                failure: state == .failed ? Failure(.timeout, "late") : nil),
            counters: counters)
    }

    func begin(
        _ store: JobStore, _ job: JobNumber, file: Int64, parts: Int, partSize: Int64, upload: String = "u1"
    ) async throws -> Intention {
        let intention = try await store.intend(
            job, file: FileNumber(file), store: .default, location: ObjectLocation(bucket: "bucket", key: [0x6B, 0xFF]))
        var counters = JobCounters()
        counters.partsTotal = parts
        let identity = SourceIdentity.file(
            FileIdentity(device: .max, inode: 2, size: Int64(parts) * partSize, modified: -3, changed: 4))
        try await store.recordUpload(
            intention, upload: MultipartUpload(uploadID: UploadID(upload), partSize: partSize, identity: identity),
            size: Int64(parts) * partSize, counters: counters)
        return intention
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
