import API
import Foundation
import Model
import Scheduling

/// Values that many tests start from.
enum Samples {
    static let time = Timestamp(microseconds: 1_795_246_320_123_456)

    static func id(_ text: String = "nightly") -> JobID {
        guard let id = JobID(text) else { preconditionFailure(text) }
        return id
    }

    /// Tokens of the tenant `default`, with every right unless others are given.
    static func tokens(_ texts: String..., scopes: Set<AccessScope> = Set(AccessScope.allCases)) -> AccessTokens {
        AccessTokens(texts.map { token($0, .default, scopes) }) { $0.reversed() }
    }

    /// Its digest is the text from its end.
    static func token(
        _ text: String, _ tenant: TenantName, _ scopes: Set<AccessScope> = [.read, .submit]
    ) -> AccessTokens.Entry {
        AccessTokens.Entry(
            digest: text.utf8.reversed(), caller: Caller(name: text, tenant: tenant, scopes: scopes))
    }

    static func spec() -> JobSpec {
        var spec = JobSpec()
        spec.source = "/data/photos"
        spec.bucket = "archive"
        spec.prefix = "p/"
        return spec
    }

    static func job(
        _ state: JobState = .running, counters: JobCounters = JobCounters(), scanComplete: Bool = true,
        revision: Int64 = 7
    ) -> Job {
        Job(
            number: JobNumber(3), id: id(), spec: spec(), state: state, attempt: 1, counters: counters,
            scanComplete: scanComplete, revision: Revision(revision), createTime: time, startTime: time,
            updateTime: time,
            endTime: state.isFinal ? time : nil)
    }

    static func status(_ job: Job, live: LiveState = LiveState(), failed: [FileTransfer] = []) -> JobStatus {
        JobStatus(
            job: job, live: live, queuePosition: 0, waitingFor: nil, failedFiles: failed,
            entityRevision: Revision(1_234))
    }

    static func file(_ path: String, _ state: FileState = .succeeded, number: Int64 = 1) -> FileTransfer {
        FileTransfer(number: FileNumber(number), path: Array(path.utf8), size: 10, state: state)
    }

    static func livePart(
        file: Int64, number: Int = 1, path: String = "b.bin", sent: Int64 = 5, of size: Int64 = 10,
        isMultipart: Bool = true
    ) -> LivePart {
        LivePart(
            file: FileNumber(file), path: Array(path.utf8), number: PartNumber(number),
            range: ByteRange(offset: Int64(number - 1) * size, count: size), bytesSent: sent, attempt: 1,
            isMultipart: isMultipart)
    }

    /// What another JSON reader makes of bytes that we wrote.
    static func read(_ bytes: [UInt8]) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    static func object(_ bytes: [UInt8]) throws -> [String: Any] {
        guard let object = try read(bytes) as? [String: Any] else { throw NotAnObject() }
        return object
    }

    struct NotAnObject: Error {}
}
