import API
import Foundation
import Model
import Scheduling
import Testing

struct JobJSONTests {
    @Test func aJobIsWrittenAsTheContractShowsIt() throws {
        var counters = JobCounters()
        counters.filesTotal = 1_000
        counters.filesSucceeded = 400
        counters.bytesTotal = 2_000
        counters.bytesSucceeded = 890
        var live = LiveState()
        live.filesInFlight = 16
        live.requestsInFlight = 16
        live.bytesPerSecond = 120_000_000
        live.etaSeconds = 12
        var failed = Samples.file("x/y", .failed)
        failed.failure = Failure(
            .accessDenied, "no", retryable: false, attempts: 2,
            s3: .init(code: "AccessDenied", httpStatus: 403, requestID: nil))
        var writer = JSONWriter()
        writer.job(Samples.status(Samples.job(counters: counters), live: live, failed: [failed]))
        let job = try Samples.object(writer.bytes)
        #expect(
            Set(job.keys) == [
                "id", "tenant", "kind", "state", "done", "attempt", "state_reason", "spec", "progress", "queue",
                "error",
                "errors",
                "revision", "create_time", "start_time", "update_time", "end_time",
            ])
        #expect(job["state_reason"] is NSNull && job["error"] is NSNull && job["end_time"] is NSNull)
        #expect(job["revision"] as? Int == 1_234)
        #expect(job["create_time"] as? String == "2026-11-21T07:32:00.123Z")
        let progress = try #require(job["progress"] as? [String: Any])
        #expect(progress["fraction"] as? Double == 0.43)
        #expect(
            progress["files"] as? [String: Int] == [
                "total": 1_000, "succeeded": 400, "failed": 0, "skipped": 0, "in_flight": 16, "pending": 584,
            ])
        #expect(
            Set((progress["bytes"] as? [String: Int] ?? [:]).keys) == [
                "total", "succeeded", "failed", "in_flight", "skipped", "reused", "resent",
            ])
        #expect(progress["parts"] as? [String: Int] == ["total": 0, "succeeded": 0, "in_flight": 0])
        let queue = try #require(job["queue"] as? [String: Any])
        #expect(queue["position"] as? Int == 0 && queue["waiting_for"] is NSNull)
        let error = try #require((job["errors"] as? [[String: Any]])?.first)
        #expect(Set(error.keys) == ["path", "key", "code", "message", "retryable", "attempts", "s3"])
        #expect(error["key"] as? String == "p/x/y")
        #expect((error["s3"] as? [String: Any])?["request_id"] is NSNull)
    }

    @Test func fractionIsNullUntilTheScanIsCompleteAndOneOnlyAtTheEnd() {
        var counters = JobCounters()
        counters.filesTotal = 2
        counters.bytesTotal = 30
        #expect(JobProgress(Samples.job(counters: counters, scanComplete: false), LiveState()).millionths == nil)
        counters.filesSucceeded = 1
        counters.bytesSucceeded = 10
        #expect(JobProgress(Samples.job(counters: counters), LiveState()).millionths == 343_750)
        counters.filesSucceeded = 2
        counters.bytesSucceeded = 40
        #expect(JobProgress(Samples.job(counters: counters), LiveState()).millionths == 999_999)
        #expect(JobProgress(Samples.job(.cancelled, counters: counters), LiveState()).millionths == 999_999)
        #expect(JobProgress(Samples.job(.succeeded, counters: counters), LiveState()).millionths == 1_000_000)
        #expect(JobProgress(Samples.job(.succeeded), LiveState()).millionths == 1_000_000)
    }

    @Test func whatIsOpenIsNeverNegative() {
        var counters = JobCounters()
        counters.filesTotal = 5
        counters.filesSucceeded = 4
        var live = LiveState()
        live.filesInFlight = 3
        let progress = JobProgress(Samples.job(counters: counters), live)
        #expect(progress.filesInFlight == 1 && progress.filesPending == 0)
    }

    @Test func anAcceptedSpecMeansTheSameWhenPostedAgain() throws {
        var full = Samples.spec()
        full.prefix = "p/"
        full.paths = ["a", "b/ü"]
        full.concurrency = 3
        full.include = ["*.txt"]
        full.metadata = ["shot-by": "Ada \"L\""]
        full.tags = ["a": "b"]
        full.contentType = "text/plain"
        full.bandwidthLimit = 1_000
        full.labels = ["team": "video"]
        full.serverSideEncryption = "aws:kms"
        full.kmsKeyID = "k"
        var single = Samples.spec()
        single.prefix = nil
        single.key = "films/x"
        for spec in [Samples.spec(), full, single] {
            var writer = JSONWriter()
            writer.spec(spec)
            _ = try Samples.object(writer.bytes)
            #expect(try SpecRequest(body: writer.bytes, features: Features()).spec == spec)
        }
    }

    @Test func specsOfOtherKindsAreWrittenWithTheirFieldsAlone() throws {
        var download = JobSpec()
        download.kind = .download
        download.bucket = "b"
        download.destination = "/x"
        var copy = JobSpec()
        copy.kind = .copy
        copy.bucket = "b"
        copy.sourceBucket = "a"
        copy.sourcePrefix = "q"
        for spec in [download, copy] {
            var writer = JSONWriter()
            writer.spec(spec)
            let request = try SpecRequest(body: writer.bytes, features: Features())
            #expect(request.spec == spec)
        }
    }

    @Test func aPathThatIsNoUTF8KeepsItsBytes() throws {
        var file = Samples.file("", .failed)
        file.path = [0x61, 0xFF, 0x2F, 0x62]
        file.failure = Failure(.invalidKey, "the name is not UTF-8")
        var writer = JSONWriter()
        writer.file(file, ObjectNaming(Samples.spec()))
        let object = try Samples.object(writer.bytes)
        #expect(object["path"] as? String == "a\u{FFFD}/b")
        #expect(object["key"] as? String == "p/a\u{FFFD}/b")
        #expect(Data(base64Encoded: object["path_base64"] as? String ?? "").map(Array.init) == file.path)
    }

    @Test func aFileRowHasAllItsFields() throws {
        var file = Samples.file("d", .succeeded)
        file.isDirectoryMarker = true
        file.etag = ETag("5f36")
        file.checksum = Checksum(.crc32c, base64: "yZRlqg==")
        file.endTime = Samples.time
        var writer = JSONWriter()
        writer.file(file, ObjectNaming(Samples.spec()), event: (Revision(9), Samples.id()))
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"revision":9,"job_id":"nightly","path":"d","key":"p/d/","size":10,"state":"succeeded","skip_reason":null,"#
                + #""etag":"5f36","checksum":"crc32c:yZRlqg==","attempts":0,"error":null,"start_time":null,"#
                + #""end_time":"2026-11-21T07:32:00.123Z"}"#)
    }

    @Test func aPartRowHasAllItsFields() throws {
        let part = Part(
            file: FileNumber(1), number: PartNumber(3), range: ByteRange(offset: 16_777_216, count: 8_388_608),
            state: .succeeded, attempt: 1, etag: ETag("ab"))
        var writer = JSONWriter()
        writer.part(PartRow(part: part, path: Array("a/b.bin".utf8)), ObjectNaming(Samples.spec()))
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"path":"a/b.bin","key":"p/a/b.bin","part_number":3,"offset":16777216,"size":8388608,"#
                + #""state":"succeeded","bytes_sent":8388608,"attempt":1,"etag":"ab","checksum":null,"error":null}"#)
    }

    @Test func planLimitsAndStoresAreWritten() throws {
        var plan = TransferPlan()
        plan.files = 1
        plan.entries = [.init(path: Array("a".utf8), key: Array("p/a".utf8), size: 4, requests: 1)]
        var writer = JSONWriter()
        writer.plan(plan)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"files":1,"bytes":0,"requests":0,"skipped":0,"entries":[{"path":"a","key":"p/a","size":4}],"scan_complete":false}"#
        )
        writer = JSONWriter()
        writer.limits(Limits(concurrency: 64, inFlight: 12, bandwidthLimit: nil))
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"concurrency":64,"in_flight":12,"bandwidth_limit":null}"#)
        writer = JSONWriter()
        writer.stores([.init(name: .default, endpoint: "http://x", region: "r")])
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"stores":[{"name":"default","endpoint":"http://x","region":"r"}]}"#)
    }
}
