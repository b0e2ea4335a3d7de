import Foundation
import Testing

/// What `Tests/fuzz` found worth keeping, once more: seconds in place of its minutes.
struct ReplayTests {
    @Test(arguments: FuzzTarget.allCases)
    func everyInputOfTheCorpusKeepsWhatMustHold(target: FuzzTarget) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus/\(target.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 10)
        for file in files {
            let bytes = try [UInt8](Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.check(bytes) }
        }
    }
}
