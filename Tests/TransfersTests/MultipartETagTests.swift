import Model
import Testing

@testable import Transfers

/// What S3 calls an object that was made of parts.
@Suite struct MultipartETagTests {
    /// The parts `a` and `b`: MD5 over the two MD5s, computed with Python's hashlib.
    @Test func isTheMD5OverTheMD5s() {
        let parts = parts(["0cc175b9c0f1b6a831c399e269772661", "92eb5ffee6ae2fec3ad71c777531578f"])
        #expect(ETag(ofParts: parts) == ETag("96e024ba2074fe77e8e965ba43a704be-2"))
        #expect(ETag(ofParts: parts.reversed()) != ETag(ofParts: parts))
    }

    @Test(arguments: ["opaque", "0cc175b9c0f1b6a831c399e26977266z", "0cc175b9c0f1b6a831c399e269772661-1", ""])
    func isUnknownWhereAPartHasNoMD5(etag: String) {
        #expect(ETag(ofParts: parts(["0cc175b9c0f1b6a831c399e269772661", etag])) == nil)
    }

    private func parts(_ etags: [String]) -> [CompletedPart] {
        etags.enumerated().map { index, etag in
            CompletedPart(number: PartNumber(index + 1), etag: ETag(etag), checksum: nil)
        }
    }
}
