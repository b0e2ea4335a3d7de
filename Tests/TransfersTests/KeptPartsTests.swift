import Model
import S3Client
import Testing

@testable import Transfers

/// What of an interrupted upload stays.
@Suite struct KeptPartsTests {
    private let plan = PartPlan(objectSize: 25, storedPartSize: 10)

    private func recorded(_ number: Int, etag: String, checksum: Checksum? = nil) -> Part {
        Part(
            file: FileNumber(1), number: PartNumber(number), range: plan.range(of: PartNumber(number)),
            state: .succeeded, attempt: 1, etag: ETag(etag), checksum: checksum)
    }

    private func listed(_ number: Int, size: Int64 = 10, etag: String, checksum: Checksum? = nil) -> PartPage.Part {
        PartPage.Part(number: PartNumber(number), sizeInBytes: size, etag: ETag(etag), checksum: checksum)
    }

    @Test func whatIsRecordedAndListedAlikeStays() {
        let kept = KeptParts(
            recorded: [recorded(1, etag: "a"), recorded(3, etag: "c")],
            listed: [listed(1, etag: "a"), listed(3, size: 5, etag: "c")], plan: plan)
        #expect(Set(kept.parts.keys) == [PartNumber(1), PartNumber(3)] && kept.bytes == 15)
        #expect(kept.candidates.isEmpty)
    }

    @Test func theStoreIsTheReferee() {
        let kept = KeptParts(
            recorded: [recorded(1, etag: "a"), recorded(2, etag: "b"), recorded(3, etag: "c")],
            listed: [listed(1, size: 9, etag: "a"), listed(2, etag: "other")], plan: plan)
        #expect(kept.parts.isEmpty && kept.bytes == 0 && kept.candidates.isEmpty)
    }

    @Test func anotherETagWithTheSameChecksumIsTheSamePart() {
        let checksum = Checksum(.crc32c, base64: "yZRlqg==")
        let kept = KeptParts(
            recorded: [recorded(1, etag: "a", checksum: checksum)],
            listed: [listed(1, etag: "b", checksum: checksum)], plan: plan)
        #expect(kept.parts[PartNumber(1)]?.etag == ETag("b"))
    }

    @Test func whatHasNoRecordIsLookedAt() {
        let kept = KeptParts(
            recorded: [recorded(1, etag: "a")],
            listed: [
                listed(3, size: 5, etag: "c"), listed(1, etag: "a"), listed(2, size: 7, etag: "b"),
                listed(9, etag: "x"),
            ], plan: plan)
        #expect(kept.candidates.map(\.number) == [PartNumber(3)])
    }

    @Test func aTallyTellsWhatIsCountedReusedAndResent() {
        var kept = KeptParts()
        kept.parts[PartNumber(1)] = CompletedPart(number: PartNumber(1), etag: ETag("a"), checksum: nil)
        kept.bytes = 10
        // Parts 1 and 2 were recorded and counted; the store has lost 2.
        let tally = PartTally(kept: kept, recorded: [PartNumber(1), PartNumber(2)], reached: 20, limit: 25)
        let again = tally.add(CompletedPart(number: PartNumber(2), etag: ETag("b"), checksum: nil), bytes: 10)
        #expect(again.counts == 0 && again.resent == 10 && !again.isNew)
        let found = tally.add(
            CompletedPart(number: PartNumber(3), etag: ETag("c"), checksum: nil), bytes: 5, isReused: true)
        #expect(found.counts == 5 && found.resent == 0 && found.isNew)
        #expect(tally.reused == 15 && tally.counted == 25)
        tally.drop(PartNumber(3), bytes: 5)
        let once = tally.add(CompletedPart(number: PartNumber(3), etag: ETag("d"), checksum: nil), bytes: 5)
        #expect(once.counts == 0 && once.resent == 5 && !once.isNew && tally.parts.count == 3)
    }
}
