import Model
import Support
import Testing

@Suite struct PartPlanTests {
    private static let mebibyte: Int64 = 1 << 20

    /// The parts follow each other without a gap, all but the last are of one size, and S3 takes each of them.
    private func expectExactCover(
        _ plan: PartPlan, _ note: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var end: Int64 = 0
        var faults = 0
        for number in 1...plan.count {
            let range = plan.range(of: PartNumber(number))
            let isLast = number == plan.count
            if range.offset != end || range.count > PartPlan.largestPart { faults += 1 }
            if !isLast, range.count != plan.partSize { faults += 1 }
            if isLast, range.count > plan.partSize || (plan.objectSize > 0 && range.count == 0) { faults += 1 }
            end = range.end
        }
        #expect(faults == 0 && end == plan.objectSize, "\(note): \(plan)", sourceLocation: sourceLocation)
        #expect(plan.count <= PartPlan.mostParts, "\(note): \(plan)", sourceLocation: sourceLocation)
    }

    @Test func everyPlanCoversItsObjectExactly() {
        var dice = SeededGenerator()
        for _ in 0..<300 {
            // Of every order of magnitude alike.
            let bits = Int.random(in: 0...45, using: &dice)
            let size = min(Int64.random(in: 0...(1 << Int64(bits)), using: &dice), PartPlan.largestObject)
            let preferred = Int64.random(in: PartPlan.smallestPart...(64 << 20), using: &dice)
            guard let plan = PartPlan(objectSize: size, preferredPartSize: preferred) else {
                Issue.record("no plan for \(size), seed \(dice.seed)")
                continue
            }
            expectExactCover(plan, "seed \(dice.seed)")
            #expect(plan.partSize == preferred || plan.partSize % Self.mebibyte == 0)
            if size <= preferred * 10_000 { #expect(plan.partSize == preferred) }
        }
    }

    @Test(
        arguments: [
            // size, preferred, part size, count
            (0, 8 << 20, 8 << 20, 1), (1, 8 << 20, 8 << 20, 1), (8 << 20, 8 << 20, 8 << 20, 1),
            ((8 << 20) + 1, 8 << 20, 8 << 20, 2),
            // 10,000 parts exactly, and one byte more makes the parts grow by whole MiB.
            (10_000 * (8 << 20), 8 << 20, 8 << 20, 10_000), (10_000 * (8 << 20) + 1, 8 << 20, 9 << 20, 8_889),
            (80 << 30, 8 << 20, 9 << 20, 9_103), ((5 << 30) + 1, 8 << 20, 8 << 20, 641),
            ((5 << 30) + 1, 5 << 30, 5 << 30, 2),
            // 48.8 TiB: 10,000 parts of 5 GiB.
            (10_000 * (5 << 30), 8 << 20, 5 << 30, 10_000), (10_000 * (5 << 30) - 1, 5 << 30, 5 << 30, 10_000),
        ] as [(Int64, Int64, Int64, Int)])
    func theTable(size: Int64, preferred: Int64, partSize: Int64, count: Int) throws {
        let plan = try #require(PartPlan(objectSize: size, preferredPartSize: preferred))
        #expect(plan.partSize == partSize && plan.count == count)
        expectExactCover(plan, "table")
    }

    @Test func whatS3CannotHoldHasNoPlan() {
        #expect(PartPlan(objectSize: PartPlan.largestObject + 1, preferredPartSize: 5 << 30) == nil)
        #expect(PartPlan(objectSize: -1, preferredPartSize: 5 << 20) == nil)
        #expect(PartPlan(objectSize: .max, preferredPartSize: 5 << 20) == nil)
    }

    @Test func aStoredPartSizeKeepsThePlacesOfItsParts() {
        let plan = PartPlan(objectSize: 100, storedPartSize: 30)
        #expect(plan.count == 4 && plan.range(of: PartNumber(4)) == ByteRange(offset: 90, count: 10))
        expectExactCover(plan, "stored")
    }
}
