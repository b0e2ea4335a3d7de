import Model
import Testing

@Suite struct JobSpecTests {
    /// A spec without a fault, changed by one line of a table.
    private static func upload(_ change: (inout JobSpec) -> Void) -> JobSpec {
        var spec = JobSpec()
        spec.source = "/data"
        spec.bucket = "bucket"
        change(&spec)
        return spec
    }

    struct Line: Sendable, CustomTestStringConvertible {
        let pointers: [String]
        let spec: JobSpec
        var given: Set<JobSpec.CodingKeys> = []

        init(_ pointers: String..., given: Set<JobSpec.CodingKeys> = [], _ change: (inout JobSpec) -> Void) {
            self.pointers = pointers
            self.given = given
            spec = JobSpecTests.upload(change)
        }

        var testDescription: String { pointers.isEmpty ? "none" : pointers.joined(separator: " ") }
    }

    private static let lines: [Line] = [
        Line { _ in },
        Line { $0.partSize = 5 << 20 }, Line { $0.partSize = 5 << 30 }, Line { $0.multipartThreshold = 1 },
        Line { $0.concurrency = 1_024 }, Line { $0.bandwidthLimit = 1 }, Line { $0.bucket = "A.b_c-9" },
        Line { $0.tags = [String(repeating: "\u{E9}", count: 128): String(repeating: "\u{E9}", count: 256)] },
        Line {
            $0.kmsKeyID = "k"
            $0.serverSideEncryption = "aws:kms:dsse"
        },
        Line("/source") { $0.source = nil }, Line("/source") { $0.source = "" },
        Line("/source") { $0.source = "data" }, Line("/source") { $0.source = "/a\0b" },
        Line("/bucket") { $0.bucket = "" }, Line("/bucket") { $0.bucket = "a/b" }, Line("/bucket") { $0.bucket = ".." },
        Line("/bucket") { $0.bucket = String(repeating: "b", count: 256) },
        Line("/key", given: [.key, .prefix]) { $0.key = "k" }, Line("/key") { $0.key = "" },
        Line("/key") { $0.key = String(repeating: "k", count: 1_025) },
        Line("/key") {
            $0.key = "k"
            $0.paths = ["a"]
        },
        Line("/concurrency") { $0.concurrency = 0 }, Line("/concurrency") { $0.concurrency = 1_025 },
        Line("/priority") { $0.priority = 0 }, Line("/priority") { $0.priority = 10 },
        Line("/part_size") { $0.partSize = (5 << 20) - 1 }, Line("/part_size") { $0.partSize = (5 << 30) + 1 },
        Line("/multipart_threshold") { $0.multipartThreshold = 0 },
        Line("/multipart_threshold") { $0.multipartThreshold = (5 << 30) + 1 },
        Line("/bandwidth_limit") { $0.bandwidthLimit = 0 },
        Line("/include/1", "/exclude/0") {
            $0.include = ["*", "["]
            $0.exclude = [""]
        },
        Line("/metadata/a b") { $0.metadata = ["a b": "x"] },
        Line("/metadata/a~1b~0c") { $0.metadata = ["a/b~c": "x"] },
        Line("/metadata/a") { $0.metadata = ["a": "x\ny"] },
        Line("/metadata") { $0.metadata = ["a": String(repeating: "x", count: 2_048)] },
        Line("/tags") {
            for index in 0...10 { $0.tags["t\(index)"] = "" }
        },
        Line("/tags/") { $0.tags = ["": "x"] },
        Line("/tags/t") { $0.tags = ["t": String(repeating: "x", count: 257)] },
        Line("/labels") {
            for index in 0...16 { $0.labels["l\(index)"] = "" }
        },
        Line("/content_type") { $0.contentType = "" }, Line("/cache_control") { $0.cacheControl = "a\r\nb: c" },
        Line("/storage_class") { $0.storageClass = "\u{7F}" }, Line("/acl") { $0.acl = "" },
        Line("/server_side_encryption") { $0.serverSideEncryption = "" }, Line("/kms_key_id") { $0.kmsKeyID = "k" },
        Line("/kms_key_id") {
            $0.kmsKeyID = "k"
            $0.serverSideEncryption = "AES256"
        },
        Line("/destination", "/source_key", given: [.destination, .sourceKey]) { _ in },
        // All at once, in the order of the fields.
        Line("/source", "/bucket", "/concurrency", "/priority", "/part_size") {
            $0.source = nil
            $0.bucket = ""
            $0.concurrency = 0
            $0.priority = 0
            $0.partSize = 0
        },
    ]

    @Test(arguments: lines) func faultsAreToldAllAtOnceAndByTheirPlace(line: Line) {
        let faults = line.spec.faults(given: line.given)
        #expect(faults.map(\.pointer) == line.pointers)
        #expect(faults.allSatisfy { !$0.detail.isEmpty && !$0.detail.contains("\n") })
    }

    @Test(arguments: [
        ("a", "a/"), ("a/", "a/"), ("a//", "a/"), ("/", "/"), ("///", "/"), ("", ""), ("a/b", "a/b/"), ("/a", "/a/"),
    ])
    func aPrefixEndsWithOneSlash(text: String, folder: String) { #expect(JobSpec.folder(text) == folder) }

    @Test func aPatchChangesWhatItNamesAndNothingElse() {
        let spec = Self.upload { $0.bandwidthLimit = 5 }
        var patch = JobPatch()
        #expect(patch.applied(to: spec) == spec && !patch.changesTransfer)
        patch.labels = ["a": "b"]
        #expect(!patch.changesTransfer)
        patch.bandwidthLimit = .some(nil)
        patch.priority = 9
        patch.concurrency = 3
        let patched = patch.applied(to: spec)
        #expect(patch.changesTransfer && patched.bandwidthLimit == nil && patched.priority == 9)
        #expect(patched.concurrency == 3 && patched.labels == ["a": "b"] && patched.bucket == spec.bucket)
    }
}
