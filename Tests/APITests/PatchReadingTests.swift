import API
import Model
import Scheduling
import Testing

struct PatchReadingTests {
    @Test func readsWhatIsNamedAndLeavesTheRest() throws {
        let patch = try JobPatch(body: Array(#"{"concurrency":4,"bandwidth_limit":null,"labels":{"a":"b"}}"#.utf8))
        #expect(patch.concurrency == 4 && patch.priority == nil && patch.labels == ["a": "b"])
        #expect(patch.bandwidthLimit == .some(nil))
        #expect(try JobPatch(body: Array(#"{"priority":9}"#.utf8)).bandwidthLimit == nil)
        let limits = try LimitsPatch(body: Array(#"{"concurrency":65536,"bandwidth_limit":1000}"#.utf8))
        #expect(limits.concurrency == 65_536 && limits.bandwidthLimit == 1_000)
    }

    @Test(arguments: [
        (#"{}"#, ""), (#"[]"#, ""), (#"{"concurrency":0}"#, "/concurrency"), (#"{"concurrency":1025}"#, "/concurrency"),
        (#"{"concurrency":null}"#, "/concurrency"), (#"{"priority":10}"#, "/priority"),
        (#"{"bandwidth_limit":0}"#, "/bandwidth_limit"), (#"{"bandwidth_limit":"1"}"#, "/bandwidth_limit"),
        (#"{"labels":{"a":1}}"#, "/labels/a"), (#"{"source":"/x"}"#, "/source"),
    ])
    func namesFaultsOfAPatch(text: String, pointer: String) {
        #expect(throws: ProblemDetails.self) { try JobPatch(body: Array(text.utf8)) }
        do {
            _ = try JobPatch(body: Array(text.utf8))
        } catch {
            #expect(error.faults.map(\.pointer) == [pointer])
        }
    }

    @Test func aJobTakesSixteenLabels() {
        let labels = (0..<17).map { "\"l\($0)\":\"x\"" }.joined(separator: ",")
        #expect(throws: ProblemDetails.self) { try JobPatch(body: Array("{\"labels\":{\(labels)}}".utf8)) }
    }

    @Test func theGlobalCapIsWiderThanAJobs() {
        for text in [#"{"concurrency":0}"#, #"{"concurrency":65537}"#, #"{"priority":1}"#] {
            #expect(throws: ProblemDetails.self) { try LimitsPatch(body: Array(text.utf8)) }
        }
    }
}
