import Testing

@testable import Model
@testable import Storage

@Suite struct SpecTextTests {
    private func spec(_ index: Int) -> JobSpec {
        var spec = JobSpec()
        spec.source = "/data/\(index)"
        spec.prefix = nil
        spec.labels = ["a": "b"]
        return spec
    }

    /// The second time the text is one that is remembered.
    @Test func aSpecIsReadAsItWasWritten() throws {
        var long = spec(0)
        long.paths = (0..<1_000).map { "path \($0)" }
        for spec in [spec(1), long] {
            let text = try JSONText.encode(spec)
            #expect(try SpecText.decode(text) == spec)
            #expect(try SpecText.decode(text) == spec)
            #expect(try SpecText.encode(spec) == text)
        }
    }

    @Test func whatIsLookedForStaysAndTheRestGoes() {
        var specs = RecentSpecs()
        for index in 0..<4 * RecentSpecs.generation {
            specs.insert(spec(index), as: "\(index)")
            #expect(specs.find("0") == spec(0))
        }
        let last = 4 * RecentSpecs.generation - 1
        #expect(specs.find("\(last)") == spec(last) && specs.find("1") == nil)
        let kept = (0...last).count { specs.find("\($0)") != nil }
        #expect((RecentSpecs.generation...2 * RecentSpecs.generation).contains(kept))
    }
}
