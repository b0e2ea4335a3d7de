import Model
import S3Client
import Testing

@testable import Transfers

struct TilingTests {
    private static let mebibyte: Int64 = 1 << 20

    @Test(arguments: [
        // Parts of so many MiB, so many bytes of the last one; ranges in KiB.
        (part: Int64(5), count: 3, last: Int64(1), range: Int64(5 << 10)),
        (part: 8, count: 2, last: 8 << 20, range: 8 << 10),
        (part: 16, count: 3, last: 7, range: 8 << 10),
        (part: 100, count: 2, last: 9 << 20, range: 6_400),
        (part: 5_120, count: 2, last: 1, range: 8 << 10),
    ])
    func rangesTileTheStoredParts(_ row: (part: Int64, count: Int, last: Int64, range: Int64)) throws {
        let parts = StoredParts(count: row.count, firstSizeInBytes: row.part * Self.mebibyte)
        let size = Int64(row.count - 1) * parts.firstSizeInBytes + row.last
        let plan = try #require(PartPlan(tiling: parts, objectSize: size, preferredPartSize: 8 * Self.mebibyte))
        #expect(plan.partSize == row.range << 10)
        #expect(plan.tiles(parts))
        #expect(plan.count <= PartPlan.mostParts)
    }

    @Test func partsThatCannotAllHaveTheFirstOnesSizeAreNotTiled() {
        let parts = StoredParts(count: 3, firstSizeInBytes: 5 * Self.mebibyte)
        for size in [10 * Self.mebibyte, 15 * Self.mebibyte + 1, 1] {
            #expect(PartPlan(tiling: parts, objectSize: size, preferredPartSize: 8 * Self.mebibyte) == nil)
        }
        #expect(!PartPlan(objectSize: 15 * Self.mebibyte, storedPartSize: 8 * Self.mebibyte).tiles(parts))
        #expect(!PartPlan(objectSize: 15 * Self.mebibyte, storedPartSize: 5 * Self.mebibyte).tiles(nil))
    }
}
