import API
import Model
import Scheduling
import Testing

struct SpecRequestTests {
    /// A good spec with `fields` put in front, so that they win.
    private func body(_ fields: String, without: Set<String> = []) -> [UInt8] {
        var members = [("source", "\"/data\""), ("bucket", "\"b\"")]
        members.removeAll { without.contains($0.0) || fields.contains("\"\($0.0)\":") }
        let rest = members.map { "\"\($0.0)\":\($0.1)" }
        return Array(("{" + ([fields] + rest).filter { !$0.isEmpty }.joined(separator: ",") + "}").utf8)
    }

    private func pointers(_ body: [UInt8], features: Features = Features()) -> [String] {
        do {
            _ = try SpecRequest(body: body, features: features)
            return []
        } catch {
            #expect(error.code == .invalidSpec)
            return error.faults.map(\.pointer)
        }
    }

    @Test func fillsInTheDefaults() throws {
        let request = try SpecRequest(body: body(""), features: Features())
        var expected = JobSpec()
        expected.source = "/data"
        expected.bucket = "b"
        #expect(request.spec == expected && !request.validateOnly)
    }

    @Test(arguments: [("a", "a/"), ("a//", "a/"), ("/", "/"), ("/a", "/a/"), ("", "")])
    func prefixesBecomeFolders(given: String, kept: String) throws {
        let request = try SpecRequest(body: body(#""prefix":"\#(given)""#), features: Features())
        #expect(request.spec.prefix == kept)
    }

    @Test(arguments: ["", "a b", "..", String(repeating: "x", count: 256)])
    func aCopysSourceBucketIsCheckedAsItsBucketIs(name: String) {
        let fields = "\"kind\":\"copy\",\"source_bucket\":\"\(name)\""
        #expect(pointers(body(fields, without: ["source"])) == ["/source_bucket"])
    }

    @Test(arguments: ["8", "8.0", "80e-1", "0.8e1"])
    func aNumberThatIsWholeIsAnInteger(text: String) throws {
        let request = try SpecRequest(body: body("\"concurrency\":\(text)"), features: Features())
        #expect(request.spec.concurrency == 8)
        #expect(try LimitsPatch(body: Array("{\"bandwidth_limit\":\(text)}".utf8)).bandwidthLimit == .some(8))
    }

    @Test func aKeyStandsInPlaceOfAPrefix() throws {
        let request = try SpecRequest(body: body(#""key":"k""#), features: Features())
        #expect(request.spec.key == "k" && request.spec.prefix == nil)
    }

    @Test(arguments: [
        (#""bucket":"""#, "/bucket"), (#""bucket":7"#, "/bucket"), (#""bucket":null"#, "/bucket"),
        (#""source":"data""#, "/source"), (#""source":"""#, "/source"), (#""source":[]"#, "/source"),
        (#""source":"/a\u0000b""#, "/source"), (#""kind":"move""#, "/kind"), (#""kind":1"#, "/kind"),
        (#""buckets":"x""#, "/buckets"), (#""a/b~c":1"#, "/a~1b~0c"), (#""destination":"/x""#, "/destination"),
        (#""source_bucket":"x""#, "/source_bucket"), (#""source_prefix":"x""#, "/source_prefix"),
        (#""key":"k","prefix":"p""#, "/key"), (#""key":"""#, "/key"), (#""prefix":1"#, "/prefix"),
        (#""store":1"#, "/store"), (#""concurrency":0"#, "/concurrency"), (#""concurrency":1025"#, "/concurrency"),
        (#""concurrency":"8""#, "/concurrency"), (#""concurrency":1.5"#, "/concurrency"),
        (#""concurrency":8.5e0"#, "/concurrency"), (#""concurrency":1e30"#, "/concurrency"),
        (#""concurrency":1000000000000000000000000000000"#, "/concurrency"), (#""concurrency":true"#, "/concurrency"),
        (#""concurrency":4,"concurrency":5"#, "/concurrency"), (#""priority":10"#, "/priority"),
        (#""include":"*.txt""#, "/include"), (#""include":["*.txt",1]"#, "/include/1"),
        (#""exclude":[null]"#, "/exclude/0"), (#""include":["["]"#, "/include/0"),
        (#""overwrite":"maybe""#, "/overwrite"), (#""symlinks":"copy""#, "/symlinks"),
        (#""empty_directories":"keep""#, "/empty_directories"), (#""preserve_times":"yes""#, "/preserve_times"),
        (#""preserve_times":1"#, "/preserve_times"), (#""part_size":5242879"#, "/part_size"),
        (#""part_size":5368709121"#, "/part_size"), (#""multipart_threshold":-1"#, "/multipart_threshold"),
        (#""checksum":"md4""#, "/checksum"), (#""metadata":[]"#, "/metadata"), (#""metadata":{"a":1}"#, "/metadata/a"),
        (#""metadata":{"a":"1","a":"2"}"#, "/metadata/a"), (#""tags":{"a":1}"#, "/tags/a"),
        (#""content_type":1"#, "/content_type"), (#""on_error":"panic""#, "/on_error"),
        (#""bandwidth_limit":0"#, "/bandwidth_limit"), (#""bandwidth_limit":null"#, "/bandwidth_limit"),
        (#""labels":{"a/b":1}"#, "/labels/a~1b"), (#""webhook":{}"#, "/webhook/url"), (#""webhook":1"#, "/webhook"),
        (#""webhook":{"url":"http://example.com/x"}"#, "/webhook/url"),
        (#""webhook":{"url":"http://example.com/x","secret":"s"}"#, "/webhook/secret"),
        (#""validate_only":"true""#, "/validate_only"), (#""paths":"a""#, "/paths"), (#""paths":["a",3]"#, "/paths/1"),
        (#""paths":["/etc/passwd"]"#, "/paths/0"), (#""paths":["ok","a/../../x"]"#, "/paths/1"),
        (#""paths":[""]"#, "/paths/0"),
    ])
    func namesAFaultOnceAtItsPointer(fields: String, pointer: String) {
        #expect(pointers(body(fields)) == [pointer])
    }

    @Test func namesWhatIsMissing() {
        #expect(pointers(body("", without: ["bucket", "source"])) == ["/source", "/bucket"])
    }

    @Test func namesAllFaultsAtOnce() {
        let fields =
            #""concurrency":0,"priority":"high","checksum":"md4","surprise":1,"include":[1,"["],"labels":{"a":1},"part_size":1"#
        #expect(
            Set(pointers(body(fields, without: ["bucket"]))) == [
                "/bucket", "/concurrency", "/priority", "/checksum", "/surprise", "/include/0", "/include/1",
                "/labels/a",
                "/part_size",
            ])
        #expect(Set(pointers(body(#""kind":"move","concurrency":0,"destination":"/x""#))) == ["/kind", "/concurrency"])
    }

    @Test(arguments: ["", "{", "[]", "\"x\"", "null", "12", "{} x"])
    func refusesWhatIsNoObject(text: String) {
        #expect(pointers(Array(text.utf8)) == [""])
    }

    @Test func aHundredThousandPathsAreReadAndOneMoreIsAFault() throws {
        let paths = (0..<100_000).map { "\"\($0)\"" }.joined(separator: ",")
        #expect(try SpecRequest(body: body("\"paths\":[\(paths)]"), features: Features()).spec.paths?.count == 100_000)
        #expect(pointers(body("\"paths\":[\(paths),\"x\"]")) == ["/paths"])
    }
}
